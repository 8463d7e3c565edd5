// The first page of a new wiki: it teaches by being changed.
// welcome

export const WELCOME_TITLE = 'Welcome'

/** Its Markdown, to whoever made the wiki. */
export function welcome(name: string): string {
  return `Hello ${name}. This page is yours to change, and it is a real one: press **Edit** above, or the key \`e\`, and write over anything you like.

## Try three things

- [ ] Tick this task. A click does it, in reading too for whoever may write.
- [ ] Follow a red link: [[Our first page]] is red because nobody has written it. Write it, and the link turns blue on every screen that shows it.
- [ ] Invite somebody under [People](/people). Open this page together: you see each other’s carets as you type, and every word is kept the moment it says *Saved*.

## How writing works

Text is Markdown, shown as it will look. Type \`##\` and a space for a heading, \`-\` for a list, \`[[\` to link to another page, and \`/\` on an empty line for everything else.

| You type | You get |
| --- | --- |
| \`**bold**\` | **bold** |
| \`[[Page]]\` | a link that follows its page when it is renamed |
| \`- [ ] task\` | a box to tick |

> Nothing you write is lost: without a network it waits on this device, and whatever others change while you are away is marked when you come back.

## Good to know

A “/” in a title makes the tree at the left: \`Handbook/First day\` stands under \`Handbook\`. The key \`?\` shows every shortcut, and Ctrl K (⌘K) finds everything.

When you have read this, change it into your own front page, or move it to the trash.
`
}
