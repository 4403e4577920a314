import { fill, h, on } from "../dom";
import { toast } from "../frame";
import { icon } from "../icons";
import { ACCEPTED, objection } from "../upload";
import { fileRow, preview } from "./attachments";

const MOST_FILES = 10;

interface Told {
  /** Takes the message over; throws where this device cannot keep it. */
  send(content: string, files: readonly File[]): Promise<void>;
  typing(): void;
}

/** The place to write, and to choose pictures and files. */
export function composer({ send, typing }: Told): HTMLFormElement {
  let chosen: readonly File[] = [];
  const text = h("textarea", {
    name: "text",
    rows: 1,
    maxlength: 4000,
    placeholder: "Write a message",
    "aria-label": "Message",
    enterkeyhint: "send",
  });
  const tray = h("ul", { class: "tray", "aria-label": "Chosen files" });
  const choose = (files: readonly File[]): void => {
    if (files.length > MOST_FILES) toast(`At most ${MOST_FILES} files go into one message.`);
    chosen = files.slice(0, MOST_FILES);
    fill(tray, ...chosen.map((file) => chosenFile(file, () => remove(file))));
  };
  const remove = (file: File): void => {
    choose(chosen.filter((one) => one !== file));
    text.focus();
  };
  const add = (files: readonly File[]): void => {
    const problems = files.map(objection).filter((problem) => problem !== null);
    problems.forEach((problem) => toast(problem));
    choose([...chosen, ...files.filter((file) => objection(file) === null)]);
  };

  const input = h("input", { type: "file", multiple: true, accept: ACCEPTED, hidden: true });
  on(input, {
    change: () => {
      add([...(input.files ?? [])]);
      input.value = ""; // the same file may be chosen again
      text.focus();
    },
  });
  const clip = h(
    "button",
    { type: "button", class: "quiet clip", "aria-label": "Add pictures or files" },
    icon("clip"),
  );
  on(clip, { click: () => input.click() });
  const line = h(
    "div",
    { class: "composer-line" },
    clip,
    input,
    text,
    h("button", { class: "primary" }, "Send"),
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
      toast("This device has no room left to keep it until it is sent.");
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
  const away = h(
    "button",
    { type: "button", class: "away", "aria-label": `Take ${file.name} out` },
    icon("close"),
  );
  return h(
    "li",
    {},
    isPicture ? preview(file) : fileRow(file.name, file.size),
    on(away, { click: remove }),
  );
}
