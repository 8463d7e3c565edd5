// Two ways to write the same HTML made one, to compare ours with a specification's.
// normalised

/** Leaves out what we add to every page, and what is written in two ways. */
export function normalised(html: string): string {
  return html
    .replace(/<a class="anchor"[^>]*><\/a>/g, '')
    .replace(/ (data-line|id|tabindex|rel|loading)="[^"]*"/g, '')
    .replace(/ \/>/g, '>')
    .replace(/<blockquote>\s*<\/blockquote>/g, '<blockquote></blockquote>')
    .replace(/<div class="table"[^>]*>|(?<=<\/table>)<\/div>/g, '')
    .replace(/<(t[hd]) align="(\w+)"/g, '<$1 class="align-$2"')
    .replace(/(<\/?)del>/g, '$1s>')
    .replace(/<(ul|li) class="task[^"]*"/g, '<$1')
    .replace(/<\/?label>|(?<=<input[^>]*> )<span>|<\/span>(?=<\/label>)/g, '')
    .replace(/<input[^>]*>/g, box => (box.includes('checked') ? '[x]' : '[ ]'))
}
