alter table sessions add column proved_at datetime null;
update sessions set proved_at = created_at;
