// Records what the npm package @wecom/crypto makes of fixed inputs:
//     npm install @wecom/crypto@1.0.1 && node record.js > vectors.json
// Its random 16 bytes cannot be chosen, so a new recording has other ciphertexts; both are right.
const { encrypt, decrypt, getSignature } = require("@wecom/crypto");

const key = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C";
const token = "QDG6eK";
const timestamp = "1767200001";
const nonce = "n0nce0001";
const messages = [
  ["text", "<xml><Content><![CDATA[怎么退货？😀]]></Content></xml>", "wwdemo0000000001"],
  ["bot", '{"msgtype":"text","text":{"content":"在吗"}}', ""],
  ["empty", "", "wwdemo0000000001"],
  ["long", "话术".repeat(2000), "wwdemo0000000001"],
  ...Array.from({ length: 32 }, (_, n) => [`pad${n}`, "a".repeat(n), "ww"]),
];

const vectors = messages.map(([name, message, receiveId]) => {
  const encrypted = encrypt(key, message, receiveId);
  const back = decrypt(key, encrypted);
  if (back.message !== message || back.id !== receiveId) throw new Error(name);
  const signature = getSignature(token, timestamp, nonce, encrypted);
  return { name, message, receiveId, encrypt: encrypted, signature };
});
const version = require("@wecom/crypto/package.json").version;
console.log(JSON.stringify({ package: `@wecom/crypto ${version}`, key, token, timestamp, nonce, vectors }, null, 1));
