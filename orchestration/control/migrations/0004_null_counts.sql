-- How often each optional column of a loaded file is empty: the measure for the files after it.
alter table extract_files add column null_counts text;  -- JSON
