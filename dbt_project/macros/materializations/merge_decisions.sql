{#- Merges taken edge by edge, strongest first; one whose result would break a limit is refused. For
   the few groups that do.

   The model's SQL says in one table, by `kind`, what there is to decide:
     edge   edge_rank (1 is the strongest, no two alike), left_node, right_node
     value  left_node holds the value right_node of the limited type `limit_type`, of which a group
            may hold `limit_count`
     apart  left_node and right_node must not be in one group

   What is left has one row per edge: (edge_rank, left_node, right_node, refused_by, left_group,
   right_group). refused_by is null for an edge that holds, else the type whose limit it would
   break, or `different`. Groups are named by their smallest node.

   The decisions are those of a loop over the edges by rank. They are taken in rounds instead:
   - A node whose values its strongest neighbour holds as well, and that must be apart from nobody,
     joins that neighbour: nothing that was decided before could have hindered it, and nothing that
     comes after is hindered by it. All such nodes at once.
   - Then the edges that are the strongest of both their groups: no other decision reaches those. A
     merge that breaks a limit breaks it for ever, as groups only grow: with the edge go all others
     between the same two groups. -#}
{% materialization merge_decisions, default %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- set round_limit = config.get('round_limit', 1000) -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- set given = components_table('given', sql) -%}
    {%- set state = namespace(tables=decisions_start(given), left=0, hooks=1, round=0) -%}
    {%- set refused = components_table('refused', decisions_none_sql()) -%}
    {%- set state.left = components_count(state.tables.edges) -%}
    {%- for round in range(round_limit) if state.left > 0 and state.hooks > 0 -%}
        {%- set moves = decisions_certain_moves(state.tables, round) -%}
        {%- set state.hooks = components_count(moves) -%}
        {%- if state.hooks > 0 -%}
            {%- set state.tables = decisions_moved(state.tables, moves, 'certain_' ~ round) -%}
            {%- set state.left = components_count(state.tables.edges) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for round in range(round_limit) if state.left > 0 -%}
        {%- set chosen = components_table('chosen_' ~ round, decisions_chosen_sql(state.tables)) -%}
        {%- set broken = components_table(
            'broken_' ~ round, decisions_broken_sql(state.tables, chosen)
        ) -%}
        {%- do run_query(decisions_refuse_sql(refused, state.tables, chosen, broken)) -%}
        {%- set moves = components_table('moves_' ~ round, decisions_moves_sql(chosen, broken)) -%}
        {%- set state.tables = decisions_moved(state.tables, moves, 'round_' ~ round, refused) -%}
        {%- set state.left = components_count(state.tables.edges) -%}
    {%- endfor -%}
    {%- if state.left > 0 -%}
        {%- do exceptions.raise_compiler_error(
            this ~ ": " ~ state.left ~ " edges are undecided after " ~ round_limit
            ~ " rounds; raise round_limit in the model's config"
        ) -%}
    {%- endif -%}

    {{ drop_relation_if_exists(existing_relation) }}
    {%- call statement('main') -%}
        {{ create_table_as(
            False, target_relation, decisions_result_sql(given, state.tables.nodes, refused)
        ) }}
    {%- endcall -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do persist_docs(target_relation, model) -%}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
