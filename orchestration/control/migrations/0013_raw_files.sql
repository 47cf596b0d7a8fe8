-- What tells each file of raw from any other content: `sha256:…` of a file on this machine, `etag:…` of an object in a bucket.
-- Entered with the file's row of extract_files; files that are older got theirs in the first night that read them.
create table raw_files (
    path text primary key,               -- below raw/
    digest text not null
);
