{#- Connected components of a graph, by contraction in plain SQL.

    The model's SQL selects (left_node, right_node), texts; the table that is left holds (node, component): one row per
    node, component = the smallest node of its group by value, so neither the order of rows nor the engine's hash
    function can be seen in the result. An edge of a node to itself makes the node known without joining it.

    Nodes become 64-bit numbers. Each round hooks every node to the smallest of itself and its neighbours, moves the
    edges to the hooked-to nodes, drops loops and duplicates, and goes on with what is left. Numbers are hashes, so even
    a chain loses a fixed share of its nodes each round: ten thousand nodes take about ten rounds. The rounds' tables
    are then composed back, smallest first.

    The SQL is evaluated twice, so it should be a plain read. Nothing runs at compile time. -#}

{% materialization connected_components, default %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- set round_limit = config.get('round_limit', 64) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- set nodes = components_table('nodes', components_nodes_sql(sql)) -%}
    {%- do components_assert_no_collision(nodes) -%}
    {%- set edges = components_table('edges_0', components_edges_sql(sql)) -%}

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
        {{ create_table_as(False, target_relation, components_result_sql(nodes, roots.table)) }}
    {%- endcall -%}
    {%- do components_drop(nodes) -%}
    {%- if roots.table is not none -%}{%- do components_drop(roots.table) -%}{%- endif -%}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do persist_docs(target_relation, model) -%}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{% macro components_nodes_sql(sql) %}
    select
        node,
        {{ text_number('node') }} as number
    from (
        select left_node as node from ({{ sql }}) as left_edges
        union all
        select right_node as node from ({{ sql }}) as right_edges
    ) as mentions
    where node is not null
    group by node
{% endmacro %}


{% macro components_edges_sql(sql) %}
    select
        {{ text_number('left_node') }} as left_number,
        {{ text_number('right_node') }} as right_number
    from ({{ sql }}) as edges
    where left_node <> right_node
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


{% macro components_result_sql(nodes, roots) %}
    with rooted as (
        select
            nodes.node,
            {% if roots is none %}
            nodes.number as root
            from {{ nodes }} as nodes
            {% else %}
            coalesce(roots.root, nodes.number) as root
            from {{ nodes }} as nodes
            left join {{ roots }} as roots on nodes.number = roots.number
            {% endif %}
    ),

    names as (
        select
            root,
            min(node) as component
        from rooted
        group by root
    )

    select
        rooted.node,
        names.component
    from rooted
    inner join names on rooted.root = names.root
{% endmacro %}


{# Two texts with one number would join strangers: so rare that it is not mended, but never passed over. #}
{% macro components_assert_no_collision(nodes) %}
    {%- set collisions = run_query(
        'select count(*) - count(distinct number) from ' ~ nodes
    ).columns[0].values()[0] -%}
    {%- if collisions > 0 -%}
        {%- do exceptions.raise_compiler_error(
            this ~ ": " ~ collisions ~ " nodes share their 64-bit number with another node, which would join "
            ~ "strangers; change the text of the nodes (for example by a prefix) and build again"
        ) -%}
    {%- endif -%}
{% endmacro %}


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
