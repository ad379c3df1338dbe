/** What the developers of a version that retires are told; 61003 is what its calls get after the date. */
export function retirementText(versionSid: string, addOnSid: string, sunsetAtMs: number): string {
  const date = `${new Date(sunsetAtMs).toISOString().slice(0, 19)}Z`;
  return `The version ${versionSid} of the add-on ${addOnSid} was retired and stops at ${date}. Move the installed add-ons that use it to another version before.`;
}
