-- The triggers that count what stands below a title said the same many times; here each thing is said once.
drop trigger pages_branches_insert;
drop trigger pages_branches_delete;
drop trigger pages_branches_leave;
drop trigger pages_branches_come;
-- A view that holds nothing is where the triggers say which title counts for one more or one less above it.
create view branch_steps (key, title, step) as select '', '', 0 where false;
create trigger branch_steps_insert instead of insert on branch_steps begin
  insert into branches (key, parent_key, title, below) with recursive up (key, title) as (select new.key, new.title
    union all select rtrim(rtrim(key, replace(key, '/', '')), '/'), rtrim(rtrim(title, replace(title, '/', '')), '/') from up where key <> '')
    select key, case key when '' then null else rtrim(rtrim(key, replace(key, '/', '')), '/') end, title, new.step from up where key <> new.key
    on conflict (key) do update set below = below + excluded.below, title = min(title, excluded.title); end;
create trigger branches_gone after update of below on branches when new.below = 0 begin
  delete from branches where key = new.key; end;
create trigger pages_branches_insert after insert on pages when new.title_key not like '#%' begin
  insert into branch_steps values (new.title_key, new.title, 1); end;
create trigger pages_branches_delete after delete on pages when old.title_key not like '#%' begin
  insert into branch_steps values (old.title_key, old.title, -1); end;
create trigger pages_branches_leave after update of title_key on pages when old.title_key not like '#%' begin
  insert into branch_steps values (old.title_key, old.title, -1); end;
create trigger pages_branches_come after update of title_key on pages when new.title_key not like '#%' begin
  insert into branch_steps values (new.title_key, new.title, 1); end;
