/** What the developer's webhook answers to every message: a small TwiML document. */
export const webhookAnswer = '<?xml version="1.0" encoding="UTF-8"?><Response><Message>Thanks, we call you back.</Message></Response>';
