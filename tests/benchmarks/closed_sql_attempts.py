"""What somebody with `clientele sql` alone may try: each attempt is statements of one session.

Places are filled in by `closed_sql_home.py`. Whether an attempt got through is seen by what it
printed and by what it left, not by what DuckDB answered.
"""

# What ran before the shell was closed.
FOUND = {
    "key by its variable": ("select getvariable('customer_id_key')",),
    "key by its file": ("from read_text('{key}')",),
    "a file of the system": ("from read_text('/etc/passwd')",),
    "a file written": ("copy (select 1 as a) to '{outside}/written.csv'",),
    "the pointer moved": (
        "copy (select 'x') to '{home}/generations/current' (format csv, header false)",
        "copy (select 'x') to '{home}/generations/current' (format csv, use_tmp_file false)",
    ),
    "raw by path": (
        "from glob('{home}/raw/**')",
        "from read_parquet('{home}/raw/**/*.parquet')",
        "from read_parquet('{raw}')",
    ),
    "quarantine by path": (
        "from glob('{home}/raw/_quarantine/*/*/*')",
        "select raw_row from read_parquet('{quarantine}')",
    ),
    "another database for writing": (
        "attach '{outside}/other.duckdb' as other",
        "create table other.main.evil as select 1 as a",
    ),
    "the control store for writing": (
        "attach '{store}' as written (type sqlite)",
        "delete from written.holds",
    ),
    "held plans and outbox bodies": (
        "select plan from live.holds",
        "select plan from control_store.holds",
        "select payload from control_store.outbox",
        "select payload from live.outbox",
        "from sqlite_scan('{store}', 'outbox')",
        "from sqlite_query('{store}', 'select plan from holds')",
    ),
    "httpfs": ("install httpfs", "load httpfs", "load '{httpfs}'"),
    "an address": ("from read_csv('{address}/rows.csv')", "from '{address}/rows.parquet'"),
    "an export": ("export database '{outside}/exported'",),
}

READING = {
    "bytes of the key": ("select content from read_blob('{key}')",),
    "the key as CSV": ("from read_csv('{key}', header = false, columns = {{'a': 'varchar'}})",),
    "the key as a name of a table": ("from '{key}.txt'", 'from "{outside}/secret.csv"'),
    "a JSON file": ("from read_json('{outside}/secret.json')", "from '{outside}/secret.json'"),
    "lines of JSON, as objects": ("from read_ndjson_objects('{outside}/secret.json')",),
    "a guessed CSV": ("from sniff_csv('{outside}/secret.csv')",),
    "a listing": ("from glob('{home}/**')", "from glob('/proc/self/cwd/*')", "from glob('*')"),
    "metadata of raw": (
        "from parquet_metadata('{raw}')",
        "from parquet_schema('{raw}')",
        "from parquet_kv_metadata('{raw}')",
        "from parquet_file_metadata('{raw}')",
    ),
    "the text of a view": (
        "select sql from duckdb_views() where schema_name in ('raw', 'live')",
        "pragma show_tables_expanded",
    ),
    "bytes of the generation": ("select content from read_blob('{generation}')",),
    "a database read by path": (
        "from read_duckdb('{outside}/other.duckdb', table_name = 'secrets')",
    ),
    "bytes of the control store": (
        "select content from read_blob('{store}')",
        "select content from read_blob('{store}-wal')",
    ),
    "what the process has open": (
        *(f"select content from read_blob('/proc/self/fd/{number}')" for number in range(3, 40)),
        "from read_text('/proc/self/environ')",
        "from read_text('/proc/self/cmdline')",
        "select content from read_blob('/proc/self/mem')",
    ),
    "out of the folder that spills": (
        "from read_text((select current_setting('temp_directory')) || '/../../control/key')",
        "from read_text('{spill}/../{key_name}')",
        "from glob('{spill}/../*')",
    ),
    "a path made while it runs": (
        "set variable place = '{key}'",
        "from read_text(getvariable('place'))",
        "from query('from read_text(''{key}'')')",
        "from query_table('{outside}/secret.csv')",
    ),
    "a macro": (
        "create temp macro opened(place) as table from read_text(place)",
        "from opened('{key}')",
    ),
    "a view": ("create temp view seen as from read_text('{key}')", "from seen"),
    "a prepared statement": ("prepare seen as from read_text('{key}')", "execute seen"),
    "SQL from JSON": (
        "from json_execute_serialized_sql(json_serialize_sql('from read_text(''{key}'')'))",
    ),
    "copy into a table": (
        "create temp table read (line varchar)",
        "copy read from '{key}' (format csv, header false)",
        "from read",
    ),
    "a variable of the program": ("from settings", "from inputs", "from connection", "from live"),
    "settings, variables and secrets": (
        "from duckdb_variables()",
        "from duckdb_settings()",
        "from duckdb_secrets(redact = false)",
        "from which_secret('s3://bucket', 's3')",
        "pragma database_list",
        "from duckdb_databases()",
        "from duckdb_external_file_cache()",
    ),
    "another key": (
        "select customer_id_key",
        "select current_setting('customer_id_key')",
        "set variable customer_id_key = getvariable('customer_id_key')",
        "select getvariable('CUSTOMER_ID_KEY')",
    ),
    "a file of another library": ("from read_xlsx('{outside}/secret.csv')", "from st_read('x')"),
    "substrait": ("from from_substrait('{outside}')", "from from_substrait_json('{outside}')"),
    "unmasked quarantine": ("select raw_row from live.quarantine", "from memory.live.quarantine"),
}

WRITING = {
    "raw written over": (
        "copy (select 1 as a) to '{raw}' (use_tmp_file false)",
        "explain analyze copy (select 1 as a) to '{raw}' (use_tmp_file false)",
        "explain (analyze) copy (select 1 as a) to '{raw}' (use_tmp_file false)",
        "explain /* quietly */ analyze copy (select 1 as a) to '{raw}' (use_tmp_file false)",
    ),
    "the generation written over": (
        "copy (select 1 as a) to '{generation}' (format csv, use_tmp_file false)",
    ),
    "the generation for writing": (
        "detach clientele",
        "attach '{generation}' as clientele",
        "create table clientele.core.evil as select 1 as a",
        "checkpoint clientele",
    ),
    "the generation by another name": (
        "attach '{generation}' as again (read_write)",
        "create table again.core.evil as select 1 as a",
    ),
    "the generation as it is": (
        "insert into core.customers values ('evil')",
        "drop table core.customers",
        "create table clientele.core.evil as select 1 as a",
        "force checkpoint clientele",
        "vacuum analyze clientele.core.customers",
    ),
    "a database copied": (
        "attach '{outside}/copy.duckdb' as copied",
        "copy from database clientele to copied",
    ),
    "an import": ("import database '{outside}'", "pragma import_database('{outside}')"),
    "files by partition": (
        "copy (select 1 as a, 2 as b) to '{outside}/parts' (format parquet, partition_by (a))",
        "copy (select 1 as a) to '{outside}/threads' (format csv, per_thread_output)",
    ),
    "a file in the folder that spills": (
        "create temp table wide as select range as a, md5(range::varchar) as b from range(200000)",
        "copy (select 1 as a) to '{spill}' (format csv, use_tmp_file false)",
        "copy (select 1 as a) to '{spill}/written.csv' (use_tmp_file false)",
        "explain analyze copy (select 1 as a) to '{spill}/written.csv' (use_tmp_file false)",
        "prepare written as copy (select 1 as a) to '{spill}/written.csv'",
        "execute written",
        "attach '{spill}/written.duckdb' as written",
    ),
    "a profile in a file": (
        "pragma enable_profiling = 'json'",
        "pragma profiling_output = '{outside}/profile.json'",
        "set profile_output = '{outside}/profile.json'",
        "select 1",
    ),
    "a log of queries": (
        "set log_query_path = '{outside}/queries.log'",
        "pragma log_query_path = '{outside}/queries.log'",
        "select 1",
    ),
    "a log in files": (
        "call enable_logging(storage := 'file', storage_path := '{outside}/logs')",
        "from enable_logging(storage := 'file', storage_path := '{outside}/logs')",
        "from \"enable_logging\"('QueryLog', storage := 'file', storage_path := '{outside}/logs')",
        "select 1",
    ),
    "a secret that stays": (
        "create persistent secret stays (type http, bearer_token 'x')",
        "create secret (type s3, key_id 'x', secret 'y')",
    ),
    "another folder for spilling": (
        "set temp_directory = '{outside}/spilled'",
        "set memory_limit = '20MB'",
        "select count(*) from (select md5(range::varchar) from range(300000) order by 1)",
    ),
}

SETTINGS = {
    "more memory": (
        "set memory_limit = '900GB'",
        "set global memory_limit = '900GB'",
        "pragma memory_limit = '900GB'",
        "reset memory_limit",
        "set max_memory = '900GB'",
    ),
    "more threads": ("set threads = 64", "pragma threads = 64", "reset threads"),
    "more disk": ("set max_temp_directory_size = '900GB'", "reset max_temp_directory_size"),
    "opened again": (
        "set enable_external_access = true",
        "reset enable_external_access",
        "set lock_configuration = false",
        "reset lock_configuration",
        "pragma lock_configuration = false",
        "explain analyze set lock_configuration = false",
        "set allowed_directories = ['/']",
        "set allowed_paths = ['{key}']",
        "set allowed_configs = ['lock_configuration', 'memory_limit']",
    ),
    "other folders": (
        "set file_search_path = '{outside}'",
        "set home_directory = '{outside}'",
        "set extension_directory = '{outside}'",
        "set secret_directory = '{outside}'",
    ),
    "secrets in clear": ("set allow_unredacted_secrets = true",),
    "variables of the program in SQL": (
        "set python_enable_replacements = true",
        "set python_scan_all_frames = true",
    ),
}

OPENING = {
    "other databases": (
        "attach 'ducklake:{outside}/lake.ducklake' as lake",
        "attach 'dbname=postgres host=127.0.0.1 port={port}' as server (type postgres)",
        "attach 'host=127.0.0.1 port={port}' as server (type mysql)",
        "attach 'md:' as cloud",
        "attach '{address}/other.duckdb' as far",
        "attach 's3://bucket/other.duckdb' as far",
    ),
    "extensions": (
        "install sqlite_scanner from '{outside}'",
        "force install httpfs from community",
        "load sqlite_scanner",
        "explain analyze load '{httpfs}'",
        "update extensions",
        "select st_point(1, 2)",
        "set autoload_known_extensions = true",
        "set allow_unsigned_extensions = true",
        "set custom_extension_repository = '{address}'",
    ),
    "addresses": (
        "from read_json('{address}/rows.json')",
        "from read_text('{address}/rows.txt')",
        "from 's3://bucket/rows.parquet'",
        "copy (select 1 as a) to '{address}/written.csv'",
        "create secret web (type http, bearer_token 'x', scope '{address}')",
        "from read_blob('{address}/rows.bin')",
        "from read_parquet('hf://datasets/a/b.parquet')",
        "set http_proxy = '{address}'",
    ),
}

ATTEMPTS: dict[str, tuple[str, ...]] = {**FOUND, **READING, **WRITING, **SETTINGS, **OPENING}
# What an analyst does all day goes on.
EVERYDAY = {
    "create temp table mine as select customer_id from core.customers": "",
    "create temp table kept (a integer)": "",
    "insert into kept values (1), (2)": "2",
    "create temp view seen as select * from raw.shop_orders": "",
    "select count(*) from seen": "1",
    "create temp macro twice(a) as a * 2": "",
    "select twice(21)": "42",
    "show all tables": "customers",
    "describe core.customers": "customer_id",
    "summarize core.customers": "customer_id",
    "explain select * from core.customers": "physical_plan",
    "-- how long?\nexplain analyze select * from core.customers": "analyzed_plan",
    "explain (format json) select * from core.customers": "physical_plan",
    "set variable wanted = 'c_1'; from mine where customer_id = getvariable('wanted')": "c_1",
    "pivot core.customers on customer_id using count(*)": "c_1",
    "use memory": "",
    "select status from live.runs": "published",
    "select reason from live.holds": "too many",
    "select raw_row from live.quarantine": "xxx",
    "from (select unnest(range(3)) as a) order by a": "2",
    "begin; drop table kept; rollback; select count(*) from kept": "2",
}
