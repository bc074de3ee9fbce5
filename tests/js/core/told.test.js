/** Sentences of workers are known again with whatever they name; a provider's own words stay as they came. */

import assert from "node:assert/strict";
import { before, test } from "node:test";

import { messageText } from "../../../static/js/core/told.js";

before(() => {
  const catalog = {
    "Your limit of ${limit} a day is reached. It begins anew at midnight UTC; an administrator can raise it.": "每日上限 ${limit}",
    "No deployment of {group} has answered. {hops}": "{group} 没有回答：{hops}",
    "Nothing listens on {address}. Is the server running?": "{address} 没有监听",
    "Waited {n} seconds in Touchstone's own line for {provider}: {why}. Nothing was sent. Run it again when less is going on, or ask an administrator to raise the limits.": "{provider} 等了 {n} 秒：{why}",
    "its tokens a minute are used up": "令牌用完",
    "The model {model} is switched off here. An administrator can switch it on.": "模型 {model} 已关闭",
    "{provider} is switched off here. An administrator can switch it on.": "{provider} 已关闭",
    "The provider asks to wait {n} hours, too long for this call. It says: {said}": "请等待 {n} 小时：{said}",
    "no connection": "无法连接",
    "rate limited": "被限流",
  };
  globalThis.document = { getElementById: () => ({ textContent: JSON.stringify(catalog) }) };
});

const SAID = {
  "Your limit of $0.05 a day is reached. It begins anew at midnight UTC; an administrator can raise it.": "每日上限 $0.05",
  "Nothing listens on [::1]:11434. Is the server running?": "[::1]:11434 没有监听",
  "Waited 600 seconds in Touchstone's own line for OpenAI: its tokens a minute are used up. Nothing was sent. Run it again when less is going on, or ask an administrator to raise the limits.": "OpenAI 等了 600 秒：令牌用完",
  "The model a/b {n} is switched off here. An administrator can switch it on.": "模型 a/b {n} 已关闭",
  "Anthropic is switched off here. An administrator can switch it on.": "Anthropic 已关闭",
  "No deployment of fast has answered. a: connection Nothing listens on h:1. Is the server running?; b: rate_limited (429) Slow down; please": "fast 没有回答：a: 无法连接 · h:1 没有监听; b: 被限流 (429) · Slow down; please",
  "The provider asks to wait 24 hours, too long for this call. It says: No more today.": "请等待 24 小时：No more today.",
  "No deployment of fast has answered. a: rate_limited (429) The provider asks to wait 24 hours, too long for this call. It says: No; later": "fast 没有回答：a: 被限流 (429) · 请等待 24 小时：No; later",
};

for (const [english, chinese] of Object.entries(SAID)) test(english, () => assert.equal(messageText(english), chinese));

test("what is nearly ours is somebody else's", () => {
  for (const foreign of ["Nothing listens here.", "Your limit of $x a day is reached.", "No deployment", "{address}", "(.+?)"]) assert.equal(messageText(foreign), foreign);
});

test("a long message that is not ours is looked through quickly", () => {
  const long = `${"; a: connection ".repeat(60)}${" does not speak here. It speaks: ".repeat(30)}`;
  assert.equal(messageText(long), long);
  assert.ok(messageText(`No deployment of g has answered. ${long}`));
});
