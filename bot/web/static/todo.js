// To-dos: the chat of another customer, opened by the client where it lets us.
"use strict";

(() => {
  const zh = document.documentElement.lang.startsWith("zh");
  const t = (chinese, english) => (zh ? chinese : english);

  async function open(customer, name) {
    if (!ww.env.isWeCom) {
      location.assign(`/sidebar?${new URLSearchParams({ customer, tab: "/sidebar/todo" })}`);
      return;
    }
    try {
      await ww.openEnterpriseChat({ externalUserIds: customer, groupName: "" });
    } catch {
      const who = name || t("这位客户", "this customer");
      say(t(`请在企业微信里打开和「${who}」的聊天，再从侧边栏发。没有加这位客户，就请加着的同事来发。`,
            `Open the chat with ${who} in WeCom, then send from the sidebar; if you do not have them, ask a colleague who does.`));
    }
  }

  document.addEventListener("click", (event) => {
    const opens = event.target.closest("[data-open]");
    if (opens) open(opens.dataset.open, opens.dataset.name);
  });

  // The moment that was understood is kept now; another may have been begun.
  document.addEventListener("todo:kept", () => {
    if (!document.getElementById("when")?.value) document.getElementById("meaning")?.replaceChildren();
  });
})();
