-- What each name held last that could be used, in tables where a name's new content takes the place of the one before it.
create table extract_names (
    source text not null,
    table_name text not null,
    path text not null,
    sha256 text not null,
    primary key (source, table_name, path)
) strict;

insert into extract_names (source, table_name, path, sha256)
select source, table_name, path, sha256
from extract_files
where status = 'loaded' and sequence in (select max(sequence) from extract_files where status = 'loaded' group by source, table_name, path);
