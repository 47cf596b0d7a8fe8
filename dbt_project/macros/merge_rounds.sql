{#- The statements of materialization `merge_decisions`: its working tables, and what one round does
   to them. -#}

{# The working tables: every node a group of its own. #}
{% macro decisions_start(given) %}
    {{ return({
        'edges': components_table(
            'edges',
            "select edge_rank, left_node as left_group, right_node as right_group"
            ~ " from " ~ given ~ " where kind = 'edge' and left_node <> right_node"
        ),
        'nodes': components_table(
            'nodes',
            "select left_node as node, left_node as group_id"
            ~ " from " ~ given ~ " where kind = 'edge'"
            ~ " union select right_node, right_node from " ~ given ~ " where kind = 'edge'"
        ),
        'held': components_table(
            'held',
            "select distinct left_node as group_id, limit_type, right_node as held_value,"
            ~ " limit_count from " ~ given ~ " where kind = 'value'"
        ),
        'apart': components_table(
            'apart',
            "select left_node as group_id, right_node as other_group_id"
            ~ " from " ~ given ~ " where kind = 'apart'"
            ~ " union select right_node, left_node from " ~ given ~ " where kind = 'apart'"
        ),
    }) }}
{% endmacro %}


{% macro decisions_none_sql() %}
    select cast(null as bigint) as edge_rank, cast(null as varchar) as refused_by where false
{% endmacro %}


{# Every group's strongest edge. #}
{% macro decisions_best_sql(tables) %}
    select group_id, min(edge_rank) as edge_rank
    from (
        select left_group as group_id, edge_rank from {{ tables.edges }}
        union all
        select right_group as group_id, edge_rank from {{ tables.edges }}
    ) as sides
    group by group_id
{% endmacro %}


{# (group_id, target): groups that join their strongest neighbour for certain, and the group they
   end in. #}
{% macro decisions_certain_moves(tables, round) %}
    {%- set hooks = components_table('hooks_' ~ round, decisions_hooks_sql(tables)) -%}
    {%- set state = namespace(paths=hooks, moving=components_count(hooks)) -%}
    {%- for step in range(64) if state.moving > 0 -%}
        {%- set longer = components_table(
            'paths_' ~ round ~ '_' ~ step, decisions_longer_sql(state.paths)
        ) -%}
        {%- set state.moving = run_query(
            'select count(*) from ' ~ longer ~ ' as longer'
            ~ ' inner join ' ~ state.paths ~ ' as paths using (group_id)'
            ~ ' where longer.target <> paths.target'
        ).columns[0].values()[0] -%}
        {%- set state.paths = longer -%}
    {%- endfor -%}
    {{ return(components_table('certain_moves_' ~ round, decisions_named_sql(state.paths))) }}
{% endmacro %}


{# Of two groups that would join each other, the one with the smaller name stays. #}
{% macro decisions_hooks_sql(tables) %}
    with neighbours as (
        select
            best.group_id,
            case
                when edges.left_group = best.group_id then edges.right_group
                else edges.left_group
            end as target
        from ({{ decisions_best_sql(tables) }}) as best
        inner join {{ tables.edges }} as edges on best.edge_rank = edges.edge_rank
    ),

    lacking as (
        select distinct neighbours.group_id
        from neighbours
        inner join {{ tables.held }} as held on neighbours.group_id = held.group_id
        left join {{ tables.held }} as known
            on neighbours.target = known.group_id
            and held.limit_type = known.limit_type
            and held.held_value = known.held_value
        where known.group_id is null
    ),

    hooks as (
        select group_id, target
        from neighbours
        where group_id not in (select group_id from lacking)
            and group_id not in (select group_id from {{ tables.apart }})
    )

    select hooks.group_id, hooks.target
    from hooks
    left join hooks as mutual on hooks.target = mutual.group_id and hooks.group_id = mutual.target
    where mutual.group_id is null or hooks.group_id > hooks.target
{% endmacro %}


{% macro decisions_longer_sql(paths) %}
    select paths.group_id, coalesce(next_paths.target, paths.target) as target
    from {{ paths }} as paths
    left join {{ paths }} as next_paths on paths.target = next_paths.group_id
{% endmacro %}


{# A group is called by the smallest name in it. #}
{% macro decisions_named_sql(paths) %}
    with members as (
        select group_id, target from {{ paths }}
        union
        select target as group_id, target from {{ paths }}
    )

    select members.group_id, names.name as target
    from members
    inner join (
        select target, min(group_id) as name from members group by target
    ) as names on members.target = names.target
    where members.group_id <> names.name
{% endmacro %}


{% macro decisions_chosen_sql(tables) %}
    with best as ({{ decisions_best_sql(tables) }})

    select edges.edge_rank, edges.left_group, edges.right_group
    from {{ tables.edges }} as edges
    inner join best as left_best
        on edges.left_group = left_best.group_id and edges.edge_rank = left_best.edge_rank
    inner join best as right_best
        on edges.right_group = right_best.group_id and edges.edge_rank = right_best.edge_rank
{% endmacro %}


{# Chosen edges whose merge may not be, each with one reason. #}
{% macro decisions_broken_sql(tables, chosen) %}
    with sides as (
        select edge_rank, left_group as group_id from {{ chosen }}
        union all
        select edge_rank, right_group as group_id from {{ chosen }}
    ),

    reasons as (
        select sides.edge_rank, held.limit_type as refused_by
        from sides
        inner join {{ tables.held }} as held on sides.group_id = held.group_id
        group by sides.edge_rank, held.limit_type
        having count(distinct held.held_value) > max(held.limit_count)
        union all
        select chosen.edge_rank, 'different' as refused_by
        from {{ chosen }} as chosen
        inner join {{ tables.apart }} as apart
            on chosen.left_group = apart.group_id and chosen.right_group = apart.other_group_id
    )

    select edge_rank, min(refused_by) as refused_by
    from reasons
    group by edge_rank
{% endmacro %}


{% macro decisions_refuse_sql(refused, tables, chosen, broken) %}
    insert into {{ refused }}
    select edges.edge_rank, broken.refused_by
    from {{ chosen }} as chosen
    inner join {{ broken }} as broken on chosen.edge_rank = broken.edge_rank
    inner join {{ tables.edges }} as edges
        on least(chosen.left_group, chosen.right_group) = least(edges.left_group, edges.right_group)
        and greatest(chosen.left_group, chosen.right_group)
            = greatest(edges.left_group, edges.right_group)
{% endmacro %}


{% macro decisions_moves_sql(chosen, broken) %}
    select greatest(left_group, right_group) as group_id, least(left_group, right_group) as target
    from {{ chosen }}
    where edge_rank not in (select edge_rank from {{ broken }})
{% endmacro %}


{# The working tables after some groups moved into others; edges that are decided are gone. #}
{% macro decisions_moved(tables, moves, name, refused=none) %}
    {%- set joined = " left join " ~ moves ~ " as moves on " -%}
    {{ return({
        'edges': components_table('edges_' ~ name, decisions_edges_sql(tables, moves, refused)),
        'nodes': components_table(
            'nodes_' ~ name,
            "select nodes.node, coalesce(moves.target, nodes.group_id) as group_id"
            ~ " from " ~ tables.nodes ~ " as nodes" ~ joined ~ "nodes.group_id = moves.group_id"
        ),
        'held': components_table(
            'held_' ~ name,
            "select distinct coalesce(moves.target, held.group_id) as group_id, limit_type,"
            ~ " held_value, limit_count"
            ~ " from " ~ tables.held ~ " as held" ~ joined ~ "held.group_id = moves.group_id"
        ),
        'apart': components_table(
            'apart_' ~ name,
            "select distinct coalesce(moves.target, apart.group_id) as group_id,"
            ~ " coalesce(others.target, apart.other_group_id) as other_group_id"
            ~ " from " ~ tables.apart ~ " as apart" ~ joined ~ "apart.group_id = moves.group_id"
            ~ " left join " ~ moves ~ " as others on apart.other_group_id = others.group_id"
        ),
    }) }}
{% endmacro %}


{% macro decisions_edges_sql(tables, moves, refused) %}
    with moved as (
        select
            edges.edge_rank,
            coalesce(left_moves.target, edges.left_group) as left_group,
            coalesce(right_moves.target, edges.right_group) as right_group
        from {{ tables.edges }} as edges
        left join {{ moves }} as left_moves on edges.left_group = left_moves.group_id
        left join {{ moves }} as right_moves on edges.right_group = right_moves.group_id
        {% if refused %}
        where edges.edge_rank not in (select edge_rank from {{ refused }})
        {% endif %}
    )

    select edge_rank, left_group, right_group
    from moved
    where left_group <> right_group
{% endmacro %}


{% macro decisions_result_sql(given, nodes, refused) %}
    select
        given.edge_rank,
        given.left_node,
        given.right_node,
        refused.refused_by,
        left_nodes.group_id as left_group,
        right_nodes.group_id as right_group
    from {{ given }} as given
    inner join {{ nodes }} as left_nodes on given.left_node = left_nodes.node
    inner join {{ nodes }} as right_nodes on given.right_node = right_nodes.node
    left join {{ refused }} as refused on given.edge_rank = refused.edge_rank
    where given.kind = 'edge'
{% endmacro %}
