{#- Connected components of a graph, by contraction in plain SQL.

   The model's SQL selects (left_node, right_node), texts; the table that is left holds (node,
   component): one row per node, and a number that is the same for all nodes that hang together, and
   for no others. The number is good for comparing within one build: it is made by the engine's hash
   function. An edge of a node to itself makes the node known without joining it.

   Nodes become 64-bit numbers. First every left node, with all that hangs on it, becomes a star
   around the smallest of its neighbours, which takes the left nodes out of the graph at once:
   evidence leads from a record to what it holds. Each round then hooks every node to the smallest
   of itself and its neighbours, moves the edges to the hooked-to nodes, drops loops and duplicates,
   and goes on with what is left. Numbers are hashes, so even a chain loses a fixed share of its
   nodes each round: ten thousand nodes take about ten rounds. The rounds' tables are then composed
   back, smallest first.

   The SQL is evaluated twice, so it should be a plain read. Nothing runs at compile time. -#}

{% materialization connected_components, default %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- set round_limit = config.get('round_limit', 64) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- set lefts = components_table('lefts', components_lefts_sql(sql)) -%}
    {%- set rights = components_table('rights', components_rights_sql(sql)) -%}
    {%- set both = components_table('both', components_both_sql(lefts, rights)) -%}
    {#- Where no node is both, which is the rule, nothing has to be looked up for it. -#}
    {%- set met = both if components_count(both) > 0 else none -%}
    {%- do components_assert_no_collision(lefts, rights, met) -%}
    {%- set edges = components_table('edges_0', components_stars_sql(lefts, met)) -%}

    {%- set state = namespace(edges=edges, left=components_count(edges), hooks=[]) -%}
    {%- for round in range(round_limit) if state.left > 0 -%}
        {%- set hooks = components_table('hooks_' ~ round, components_hooks_sql(state.edges)) -%}
        {%- do state.hooks.append(hooks) -%}
        {%- set contracted = components_table(
            'edges_' ~ (round + 1), components_contraction_sql(state.edges, hooks)
        ) -%}
        {%- do components_drop(state.edges) -%}
        {%- set state.edges = contracted -%}
        {%- set state.left = components_count(contracted) -%}
    {%- endfor -%}
    {%- if state.left > 0 -%}
        {%- do exceptions.raise_compiler_error(
            this ~ ": " ~ state.left ~ " edges are left after " ~ round_limit
            ~ " rounds of contraction; raise round_limit in the model's config"
        ) -%}
    {%- endif -%}
    {%- do components_drop(state.edges) -%}

    {%- set roots = namespace(table=none) -%}
    {%- for hooks in state.hooks | reverse -%}
        {%- if roots.table is none -%}
            {%- set roots.table = hooks -%}
        {%- else -%}
            {%- set composed = components_table(
                'roots_' ~ loop.index, components_composition_sql(hooks, roots.table)
            ) -%}
            {%- do components_drop(hooks) -%}
            {%- do components_drop(roots.table) -%}
            {%- set roots.table = composed -%}
        {%- endif -%}
    {%- endfor -%}

    {{ drop_relation_if_exists(existing_relation) }}
    {%- call statement('main') -%}
        {{ create_table_as(
            False, target_relation, components_result_sql(lefts, rights, met, roots.table)
        ) }}
    {%- endcall -%}
    {%- for table in [lefts, rights, both] -%}{%- do components_drop(table) -%}{%- endfor -%}
    {%- if roots.table is not none -%}{%- do components_drop(roots.table) -%}{%- endif -%}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do persist_docs(target_relation, model) -%}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{# The nodes that edges lead from, with the smallest of what each leads to (null for one that stands
   alone), the largest, and, of those that lead to more than two, all of it. #}
{% macro components_lefts_sql(sql) %}
    select
        left_node as node,
        min(right_number) as root,
        max(right_number) as last_number,
        case when count(right_number) > 2 then array_agg(right_number) end as right_numbers
    from (
        select
            left_node,
            case
                when left_node <> right_node then {{ text_number('right_node') }}
            end as right_number
        from ({{ sql }}) as edges
        where left_node is not null
    ) as numbered
    group by left_node
{% endmacro %}


{% macro components_rights_sql(sql) %}
    select
        right_node as node,
        {{ text_number('right_node') }} as number
    from ({{ sql }}) as edges
    where right_node is not null and left_node is distinct from right_node
    group by right_node
{% endmacro %}


{# Nodes that edges lead from and to. #}
{% macro components_both_sql(lefts, rights) %}
    select node
    from {{ lefts }}
    where node in (select node from {{ rights }})
{% endmacro %}


{# The graph without those that edges only lead from. #}
{% macro components_stars_sql(lefts, both) %}
    select distinct
        left_number,
        right_number
    from (
        select
            root as left_number,
            last_number as right_number
        from {{ lefts }}
        union all
        select
            root as left_number,
            {{ components_unnest('right_numbers') }} as right_number
        from {{ lefts }}
        where right_numbers is not null
        {%- if both is not none %}
        union all
        select
            least(root, {{ text_number('node') }}) as left_number,
            greatest(root, {{ text_number('node') }}) as right_number
        from {{ lefts }}
        where root is not null and node in (select node from {{ both }})
        {%- endif %}
    ) as stars
    where left_number <> right_number
{% endmacro %}


{# Every node that still has an edge, and the smallest of itself and its neighbours. #}
{% macro components_hooks_sql(edges) %}
    select
        number,
        least(number, min(neighbour)) as root
    from (
        select left_number as number, right_number as neighbour from {{ edges }}
        union all
        select right_number as number, left_number as neighbour from {{ edges }}
    ) as neighbours
    group by number
{% endmacro %}


{% macro components_contraction_sql(edges, hooks) %}
    select distinct
        least(left_hooks.root, right_hooks.root) as left_number,
        greatest(left_hooks.root, right_hooks.root) as right_number
    from {{ edges }} as edges
    inner join {{ hooks }} as left_hooks on edges.left_number = left_hooks.number
    inner join {{ hooks }} as right_hooks on edges.right_number = right_hooks.number
    where left_hooks.root <> right_hooks.root
{% endmacro %}


{# A round's hooks, followed through all later rounds. #}
{% macro components_composition_sql(hooks, later_roots) %}
    select
        hooks.number,
        coalesce(later_roots.root, hooks.root) as root
    from {{ hooks }} as hooks
    left join {{ later_roots }} as later_roots on hooks.root = later_roots.number
{% endmacro %}


{% macro components_result_sql(lefts, rights, both, roots) %}
    with nodes as (
        select
            node,
            coalesce(root, {{ text_number('node') }}) as root
        from {{ lefts }}
        union all
        select
            node,
            number as root
        from {{ rights }}
        {%- if both is not none %}
        where node not in (select node from {{ both }})
        {%- endif %}
    )

    select
        nodes.node,
        {% if roots is none %}
        nodes.root as component
    from nodes
        {% else %}
        coalesce(roots.root, nodes.root) as component
    from nodes
    left join {{ roots }} as roots on nodes.root = roots.number
        {% endif %}
{% endmacro %}


{# Two texts with one number would join strangers: so rare that it is not mended, but never passed
   over. A node that edges only lead from has a number only where it stands alone. #}
{% macro components_assert_no_collision(lefts, rights, both) %}
    {%- set others = ' and node not in (select node from ' ~ both ~ ')'
        if both is not none else '' -%}
    {%- set collisions = run_query(
        'select count(*) - count(distinct number) from ('
        ~ 'select number from ' ~ rights ~ ' union all '
        ~ 'select ' ~ text_number('node') ~ ' as number from ' ~ lefts
        ~ ' where root is null' ~ others ~ ') as numbers'
    ).columns[0].values()[0] -%}
    {%- if collisions > 0 -%}
        {%- do exceptions.raise_compiler_error(
            this ~ ": " ~ collisions ~ " nodes share their 64-bit number with another node, "
            ~ "which would join strangers; change the text of the nodes (for example by a "
            ~ "prefix) and build again"
        ) -%}
    {%- endif -%}
{% endmacro %}


{# One row per element of a list. #}
{% macro components_unnest(column) %}
    {{ return(adapter.dispatch('components_unnest')(column)) }}
{% endmacro %}

{% macro duckdb__components_unnest(column) %}unnest({{ column }}){% endmacro %}

{% macro default__components_unnest(column) %}explode({{ column }}){% endmacro %}


{% macro components_count(table) %}
    {{ return(run_query('select count(*) from ' ~ table).columns[0].values()[0] | int) }}
{% endmacro %}


{# A working table of this model; returns how SQL names it. #}
{% macro components_table(suffix, table_sql) %}
    {{ return(adapter.dispatch('components_table')(suffix, table_sql)) }}
{% endmacro %}

{% macro duckdb__components_table(suffix, table_sql) %}
    {%- set name = 'temp.' ~ adapter.quote(this.identifier ~ '__' ~ suffix) -%}
    {%- do run_query('create or replace temporary table ' ~ name ~ ' as ' ~ table_sql) -%}
    {{ return(name) }}
{% endmacro %}

{% macro default__components_table(suffix, table_sql) %}
    {%- set relation = this.incorporate(
        path={'identifier': this.identifier ~ '__' ~ suffix}, type='table'
    ) -%}
    {%- do drop_relation_if_exists(relation) -%}
    {%- do run_query(create_table_as(False, relation, table_sql)) -%}
    {{ return(relation) }}
{% endmacro %}


{% macro components_drop(table) %}
    {%- do run_query('drop table if exists ' ~ table) -%}
{% endmacro %}
