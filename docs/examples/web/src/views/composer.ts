import { fill, h, on } from "../dom";
import { icon } from "../icons";
import { toast } from "../layout";
import { t } from "../messages";
import { ACCEPTED, findObjection } from "../upload";
import { fileRow, preview } from "./attachments";

const MAX_FILES = 10;

interface Handlers {
  /** Store the message for sending; throws if this device has no storage left. */
  send(content: string, files: readonly File[]): Promise<void>;
  /** Called on every input. */
  typing(): void;
}

/** Create the form to write a message and attach pictures and files. */
export function composer({ send, typing }: Handlers): HTMLFormElement {
  let chosen: readonly File[] = [];
  const text = h("textarea", {
    name: "text",
    rows: 1,
    maxlength: 4000,
    placeholder: t("chat.write"),
    "aria-label": t("chat.message"),
    enterkeyhint: "send",
  });
  const tray = h("ul", { class: "tray", "aria-label": t("chat.chosenFiles") });
  const choose = (files: readonly File[]): void => {
    if (files.length > MAX_FILES) toast(t("chat.tooManyFiles", { count: MAX_FILES }));
    chosen = files.slice(0, MAX_FILES);
    fill(tray, ...chosen.map((file) => chosenFile(file, () => remove(file))));
  };
  const remove = (file: File): void => {
    choose(chosen.filter((other) => other !== file));
    text.focus();
  };
  const add = (files: readonly File[]): void => {
    const problems = files.map(findObjection).filter((problem) => problem !== null);
    problems.forEach((problem) => toast(problem));
    choose([...chosen, ...files.filter((file) => findObjection(file) === null)]);
  };

  const input = h("input", { type: "file", multiple: true, accept: ACCEPTED, hidden: true });
  on(input, {
    change: () => {
      add([...(input.files ?? [])]);
      input.value = ""; // so that the same file can be chosen again
      text.focus();
    },
  });
  const clip = h(
    "button",
    { type: "button", class: "quiet clip", "aria-label": t("chat.addFiles") },
    icon("clip"),
  );
  on(clip, { click: () => input.click() });
  const line = h(
    "div",
    { class: "composer-line" },
    clip,
    input,
    text,
    h("button", { class: "primary" }, t("common.send")),
  );
  const form = h("form", { class: "composer" }, tray, line);
  on(text, {
    input: typing,
    keydown: (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      form.requestSubmit();
    },
  });
  const submit = async (): Promise<void> => {
    const [content, files] = [text.value.trim(), chosen];
    text.value = "";
    choose([]);
    text.focus();
    if (!content && files.length === 0) return;
    try {
      await send(content, files);
    } catch {
      toast(t("chat.noStorage"));
      text.value ||= content;
      choose(files);
    }
  };
  return on(form, {
    submit: (event) => {
      event.preventDefault();
      void submit();
    },
  });
}

function chosenFile(file: File, remove: () => void): HTMLElement {
  const isPicture = file.type.startsWith("image/");
  const removeButton = h(
    "button",
    { type: "button", class: "remove", "aria-label": t("common.removeFile", { name: file.name }) },
    icon("close"),
  );
  return h(
    "li",
    {},
    isPicture ? preview(file) : fileRow(file.name, file.size),
    on(removeButton, { click: remove }),
  );
}
