/** What the publisher answers to every call: 259 bytes, the size of a carrier or caller-name answer. */
export const publisherAnswer = {
  anagrams: ["+18778TWILIO", "+1877TTWILIO", "+1TRS8TWILIO", "+18778894546"],
  carrier: { name: "Example Wireless", type: "mobile", mobile_country_code: "310", mobile_network_code: "456" },
  caller: { name: "JANE Q EXAMPLE", type: "CONSUMER" },
  id: "8f1c0d6e3b71a4",
};
