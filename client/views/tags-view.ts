// All tags, or the pages of one.
// <tags-view>

import { LivePart } from './live-part.ts'

/** Wraps the server's list. */
export class TagsView extends LivePart {}

customElements.define('tags-view', TagsView)
