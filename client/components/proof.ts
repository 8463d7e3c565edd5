// The password again, before something dangerous.
// askProof

import { html } from 'lit'
import { post } from '../connection.ts'
import { store } from '../store.ts'
import { show } from './dialogs.ts'
import { submitting } from './forms.ts'

/** Asks for the password until it is right or somebody would rather not; whether it was given. */
export async function askProof(): Promise<boolean> {
  const name = store.me?.username ?? ''
  const given = await show<true>(close => {
    const submit = async (event: SubmitEvent) => {
      event.preventDefault()
      const form = event.target as HTMLFormElement
      const input = form.querySelector<HTMLInputElement>('#proof')!
      if (await submitting(form, async () => void (await post('user:prove', { password: input.value })))) close(true)
      else input.select()
    }
    return html`<h2 id="dialog-heading">Is it you, ${name}?</h2>
      <p>This is dangerous, and you gave your password a while ago. Give it again to go on.</p>
      <form @submit=${submit}>
      <input type="text" name="username" autocomplete="username" .value=${name} hidden>
      <div class="field"><label for="proof">Password</label>
      <input id="proof" name="password" type="password" maxlength="1024" autocomplete="current-password" required autofocus aria-describedby="proof-note">
      <p class="note" id="proof-note"></p><p class="trouble-note" role="alert"></p></div>
      <div class="bar"><button class="btn primary">Go on</button><button type="button" class="btn ghost"
        @click=${(event: Event) => (event.target as Element).closest('dialog')!.close()}>Cancel</button></div></form>`
  })
  return given === true
}
