-- A keyed digest of the installation's secret, since the first night that was published: with another secret every customer gets another id.
alter table owner add column key_digest text;
