-- Words of titles and headings stand in a list of their own, so that finding them there does not read every text that
-- has them. It is filled from the pages' texts.
create virtual table search_heads using fts5(
  title, heading, content='', contentless_delete=1, prefix='3 4',
  tokenize="unicode61 remove_diacritics 0 categories 'L* M* N*'"
);
