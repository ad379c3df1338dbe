import { resolve } from "node:path";
import type { Login } from "./demo-state.ts";

export type Demo = {
  base_url: string;
  publishers_url: string;
  developer_url: string;
  /** Its messages and calls go to the example developer. */
  phone_number: string;
  operator: Login;
  developer: Login;
  publisher: Login;
};

const login = ({ sid, auth_token }: Login): string => `${sid}:${auth_token}`;

const recording = resolve(import.meta.dirname, "../examples/audio/two-channels.wav");

/** What `npm start` prints: where everything is, and commands to paste. */
export function demoText({ base_url: url, publishers_url, developer_url, phone_number, operator, developer, publisher }: Demo, stateDir: string): string {
  return `
Dipswitch runs.

  Gateway             ${url}
  Example publishers  ${publishers_url}
  Example developer   ${developer_url}, with the number ${phone_number}
  Data and secrets    ${stateDir} (demo.json has what is printed here; gateway.log is the log)

  Operator            ${login(operator)}
  Developer           ${login(developer)}
  Publisher           ${login(publisher)}

Look a number up with an add-on, as in the publisher guide:

  curl -X GET ${url}/v1/PhoneNumbers/18778894546 \\
    -d "AddOns=publisher_anagrams" -u "${login(developer)}"

With three, one of them with runtime data:

  curl -G ${url}/v1/PhoneNumbers/+14158675309 \\
    -d AddOns=publisher_anagrams -d AddOns=number_insight -d AddOns=spam_score \\
    -d AddOns.spam_score.reason=call -u "${login(developer)}"

A message comes in, as the operator's switch delivers it. message_sentiment and number_insight run, then the example developer answers
with TwiML: "We are sorry to hear that. A person will answer you soon." To a thank-you, also in Spanish, it says something else.

  curl ${url}/v1/IncomingMessages -u "${login(operator)}" \\
    --data-urlencode "MessageSid=SM$(openssl rand -hex 16)" \\
    --data-urlencode "From=+14158675309" --data-urlencode "To=${phone_number}" \\
    --data-urlencode "Body=I am very disappointed, my order arrived broken"

A call was recorded, with other keys pressed on either side. Each channel goes to sound_analysis, which calls back; the example developer
hears of it, fetches the result, and prints here, within seconds, the digits 1590* for channel 1 and 2684# for channel 2.

  curl "${url}/v1/Recordings?Source=RecordVerb" -u "${login(developer)}" \\
    -H "Content-Type: audio/x-wav" --data-binary "@${recording}"

What all that did, and what is left:

  curl ${url}/v1/Invocations -u "${login(developer)}"
  curl ${url}/2010-04-01/Accounts/${developer.sid}/Balance.json -u "${login(developer)}"
  curl ${url}/2010-04-01/Accounts/${developer.sid}/Usage/Records.json -u "${login(developer)}"

A login with which look-ups reach nobody and cost nothing, and the books of this month as the operator has them:

  curl -X POST ${url}/v1/TestCredentials -u "${login(developer)}"
  curl "${url}/v1/Operator/Accounts/${developer.sid}/Entries.csv?Month=${new Date().toISOString().slice(0, 7)}" -u "${login(operator)}"
  curl -X POST ${url}/v1/Operator/Reconciliation -u "${login(operator)}"

What can be installed, and what is:

  curl ${url}/v1/AvailableAddOns -u "${login(developer)}"
  curl ${url}/v1/InstalledAddOns -u "${login(developer)}"

The publisher's side:

  curl ${url}/v1/Publisher/AddOns -u "${login(publisher)}"
  curl ${url}/v1/Invocations -u "${login(publisher)}"

Ctrl-C ends everything.
`;
}
