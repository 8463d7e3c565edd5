drop index pages_parent_key_index;
create index pages_parent_key_title_key_index on pages (parent_key, title_key);

-- How a title is spelt that has pages below it, and how many, however deep; '' has all that are not in the trash, whose keys
-- begin with a “#”. The triggers keep count, so that a large tree is never counted to show a part of it.
create table branches (
  key text not null,
  parent_key text null,
  title text not null,
  below integer not null,
  primary key (key)
);
create index branches_parent_key_key_index on branches (parent_key, key);
insert into branches (key, parent_key, title, below)
with recursive up (key, title) as (select rtrim(rtrim(title_key, replace(title_key, '/', '')), '/'), rtrim(rtrim(title, replace(title, '/', '')), '/') from pages where title_key not like '#%'
    union all select rtrim(rtrim(key, replace(key, '/', '')), '/'), rtrim(rtrim(title, replace(title, '/', '')), '/') from up where key <> '')
  select key, case key when '' then null else rtrim(rtrim(key, replace(key, '/', '')), '/') end, min(title), count(*) from up group by key;
create trigger pages_branches_insert after insert on pages when new.title_key not like '#%' begin
  insert into branches (key, parent_key, title, below) with recursive up (key, title) as
    (select rtrim(rtrim(new.title_key, replace(new.title_key, '/', '')), '/'), rtrim(rtrim(new.title, replace(new.title, '/', '')), '/')
    union all select rtrim(rtrim(key, replace(key, '/', '')), '/'), rtrim(rtrim(title, replace(title, '/', '')), '/') from up where key <> '')
    select key, case key when '' then null else rtrim(rtrim(key, replace(key, '/', '')), '/') end, title, 1 from up where true
    on conflict (key) do update set below = below + 1, title = min(title, excluded.title); end;
create trigger pages_branches_delete after delete on pages when old.title_key not like '#%' begin
  update branches set below = below - 1 where key in (with recursive up (key) as (select rtrim(rtrim(old.title_key, replace(old.title_key, '/', '')), '/')
    union all select rtrim(rtrim(key, replace(key, '/', '')), '/') from up where key <> '') select key from up); delete from branches where below = 0 and key in (with recursive up (key) as (select rtrim(rtrim(old.title_key, replace(old.title_key, '/', '')), '/')
    union all select rtrim(rtrim(key, replace(key, '/', '')), '/') from up where key <> '') select key from up); end;
create trigger pages_branches_leave after update of title_key on pages when old.title_key not like '#%' begin
  update branches set below = below - 1 where key in (with recursive up (key) as (select rtrim(rtrim(old.title_key, replace(old.title_key, '/', '')), '/')
    union all select rtrim(rtrim(key, replace(key, '/', '')), '/') from up where key <> '') select key from up); delete from branches where below = 0 and key in (with recursive up (key) as (select rtrim(rtrim(old.title_key, replace(old.title_key, '/', '')), '/')
    union all select rtrim(rtrim(key, replace(key, '/', '')), '/') from up where key <> '') select key from up); end;
create trigger pages_branches_come after update of title_key on pages when new.title_key not like '#%' begin
  insert into branches (key, parent_key, title, below) with recursive up (key, title) as
    (select rtrim(rtrim(new.title_key, replace(new.title_key, '/', '')), '/'), rtrim(rtrim(new.title, replace(new.title, '/', '')), '/')
    union all select rtrim(rtrim(key, replace(key, '/', '')), '/'), rtrim(rtrim(title, replace(title, '/', '')), '/') from up where key <> '')
    select key, case key when '' then null else rtrim(rtrim(key, replace(key, '/', '')), '/') end, title, 1 from up where true
    on conflict (key) do update set below = below + 1, title = min(title, excluded.title); end;
