import { api } from "../../api/client";
import type { IntakeQuestion } from "../../api/schema";
import { fill, h, on } from "../../dom";
import { describeError } from "../../forms";
import { icon } from "../../icons";
import { toast } from "../../layout";
import { t } from "../../messages";
import type { Page, Visit } from "../../router";
import { getCurrentUser } from "../../session";
import { backLink, empty, requireArtist } from "../parts";
import { loadedSection } from "../screen";
import { openQuestion } from "./question";

import "../../styles/studio.css";

/** The questions that clients answer when they ask for a project. */
export const intake = requireArtist(({ signal }: Visit): Page => {
  const editor = loadedSection({
    key: "my/studio/intake",
    signal,
    load: () => {
      const query = { artistId: getCurrentUser()?.id ?? "" };
      return api("get", "/v1/consultations/intake", { query, signal });
    },
    render: ({ questions }) => [new Editor(questions).element],
  });
  const content = h(
    "section",
    { class: "narrow studio" },
    backLink("/studio/more", t("layout.studio")),
    h("h1", {}, t("studio.intake")),
    h("p", { class: "muted" }, t("intake.text")),
    editor.element,
  );
  return { title: t("studio.intake"), content };
});

/** The questions as they are edited; they are saved together, as the next version. */
class Editor {
  readonly element = h("div", { class: "stack" });
  readonly #failure = h("p", { class: "failure", role: "alert" });
  #questions: IntakeQuestion[];
  #saved: string;

  constructor(questions: readonly IntakeQuestion[]) {
    this.#questions = [...questions];
    this.#saved = JSON.stringify(questions);
    this.#show();
  }

  #show(): void {
    const add = h("button", { class: "secondary" }, icon("plus"), t("intake.add"));
    on(add, { click: () => this.#edit(null) });
    const rows = this.#questions.map((question, index) => h("li", {}, this.#row(question, index)));
    const list =
      rows.length > 0
        ? h("ol", { class: "rows questions" }, ...rows)
        : empty(t("intake.none"), t("intake.noneText"));
    const isChanged = JSON.stringify(this.#questions) !== this.#saved;
    const save = h("button", { class: "primary", disabled: !isChanged }, t("intake.save"));
    on(save, { click: () => void this.#save(save) });
    fill(
      this.element,
      list,
      h("div", { class: "actions" }, add),
      isChanged ? h("p", { class: "notice", role: "status" }, t("intake.unsaved")) : null,
      this.#failure,
      save,
    );
  }

  #row(question: IntakeQuestion, index: number): HTMLElement {
    const name = question.label;
    const details = [
      t(`intake.type_${question.type}`),
      question.required ? t("intake.isRequired") : "",
      conditionWords(question, this.#questions),
    ];
    const button = (label: string, text: string, action: () => void, disabled = false) =>
      on(h("button", { class: "quiet", "aria-label": label, disabled }, text), { click: action });
    const last = this.#questions.length - 1;
    return h(
      "div",
      { class: "setting-row" },
      h(
        "div",
        {},
        h("h2", {}, name),
        h("p", { class: "muted" }, details.filter(Boolean).join(" · ")),
      ),
      h(
        "div",
        { class: "actions" },
        button(t("intake.up", { name }), "↑", () => this.#move(index, -1), index === 0),
        button(t("intake.down", { name }), "↓", () => this.#move(index, 1), index === last),
        button(t("intake.edit", { name }), t("common.edit"), () => this.#edit(index)),
        button(t("intake.remove", { name }), t("common.delete"), () => this.#remove(index)),
      ),
    );
  }

  #edit(index: number | null): void {
    const question = index === null ? null : (this.#questions[index] ?? null);
    const earlier = this.#questions.slice(0, index ?? this.#questions.length);
    const others = this.#questions.filter((each) => each !== question);
    openQuestion(question, { earlier, keys: others.map(({ key }) => key) }, (edited) => {
      if (index === null) this.#change([...this.#questions, edited]);
      else this.#change(this.#questions.with(index, edited));
    });
  }

  #move(index: number, by: number): void {
    const moved = [...this.#questions];
    const [question] = moved.splice(index, 1);
    if (question) moved.splice(index + by, 0, question);
    this.#change(moved);
  }

  #remove(index: number): void {
    this.#change(this.#questions.toSpliced(index, 1));
  }

  /** Take over questions; a condition on a question that does not come before is dropped. */
  #change(questions: readonly IntakeQuestion[]): void {
    const keys = new Set<string>();
    this.#questions = questions.map((question) => {
      const { shownIf } = question;
      const isKept = !shownIf || keys.has(shownIf.question);
      keys.add(question.key);
      return isKept ? question : { ...question, shownIf: null };
    });
    this.#show();
  }

  async #save(button: HTMLButtonElement): Promise<void> {
    button.disabled = true;
    fill(this.#failure);
    try {
      const body = { questions: this.#questions };
      const { questions } = await api("put", "/v1/consultations/intake", { body });
      this.#questions = [...questions];
      this.#saved = JSON.stringify(questions);
      toast(t("intake.saved"));
      this.#show();
    } catch (error) {
      button.disabled = false;
      fill(this.#failure, describeError(error, this.element));
    }
  }
}

function conditionWords({ shownIf }: IntakeQuestion, questions: readonly IntakeQuestion[]): string {
  const other = questions.find(({ key }) => key === shownIf?.question);
  if (!shownIf || !other) return "";
  const answer = shownIf.oneOf.map(answerWords).join(", ");
  return t("intake.ifAnswer", { question: other.label, answer });
}

/** Return an answer in words. */
export function answerWords(answer: string | boolean): string {
  if (typeof answer === "string") return answer;
  return answer ? t("intake.yes") : t("intake.no");
}
