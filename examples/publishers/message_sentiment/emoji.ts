/** Pictures whose feeling most people agree on; 🙏, 😂 in a complaint and the like stay rough guesses. */
const byWeight: Record<number, string> = {
  4: "😍 🥰 🤩 💖 💕",
  3: "❤ 🧡 💛 💚 💙 💜 😀 😃 😄 😁 😊 🥳 😘 🎉 👏 💯 ♥",
  2: "👍 🙂 😆 😂 🤣 😎 🤗 🙌 👌 💪 ✨ 🌟 ⭐ ☺ 🙏 😋",
  1: "😉 😌 😅 ✅ 😇 🤝",
  [-1]: "😐 😕 🙄 😬 😒 🤨 ⚠",
  [-2]: "👎 🙁 ☹ 😞 😟 😢 😔 😣 😩 😫 😰 ❌ 😷 🥺 😖",
  [-3]: "😠 😭 💔 😤 🤢 😱 😨",
  [-4]: "😡 🤬 🤮 💩 🖕",
};

export const emojiWeights: ReadonlyMap<string, number> = new Map(
  Object.entries(byWeight).flatMap(([weight, list]) => list.split(" ").map((emoji): [string, number] => [emoji, Number(weight)])),
);

/** Faces of punctuation, without their noses, as the pictures that telephones make of them. */
export const emoticons: ReadonlyMap<string, string> = new Map([
  [":)", "🙂"], ["=)", "🙂"], [":D", "😀"], ["=D", "😀"], [";)", "😉"], [":P", "😋"], [":p", "😋"], [":*", "😘"], ["<3", "❤"],
  [":(", "🙁"], ["=(", "🙁"], [":/", "😕"], [":|", "😐"],
]);
