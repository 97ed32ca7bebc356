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
      say(t(`请在企业微信里打开和「${who}」的聊天，再从侧边栏发。`,
            `Open the chat with ${who} in WeCom, then send from the sidebar.`));
    }
  }

  document.addEventListener("click", (event) => {
    const opens = event.target.closest("[data-open]");
    if (opens) open(opens.dataset.open, opens.dataset.name);
  });

  // A form with data-empties="NAME" is empty again after this event.
  document.addEventListener("todo:kept", () => {
    for (const form of document.querySelectorAll('form[data-empties="todo:kept"]')) {
      form.reset();
      document.getElementById("meaning")?.replaceChildren();
    }
  });
})();
