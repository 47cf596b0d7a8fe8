{{ config(materialized='connected_components') }}

select
    left_node,
    right_node
from {{ ref('identity_edges') }}
where is_strong
