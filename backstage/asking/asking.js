// The browser's part of a question: its folded answers become choices, and fold again once it is answered.

const SURE = ["a guess", "fairly sure", "certain"]

/** Let a question be answered. root: its HTML, which `Question.html` made. first: the choice that counts, as
 *  {choice, sure}, or null. `keep(guess)` is told of each: choice is a place, or null for who only looks. */
export function ask(root, first, keep) {
    const text = root.querySelector(".text"), folds = [...root.querySelectorAll("details")]
    const names = folds.map(fold => fold.firstElementChild.innerHTML)
    const right = folds.findIndex(fold => "right" in fold.dataset)
    const rightText = folds[right].firstElementChild.textContent
    const name = `guess-${Math.random()}`, status = make("p", { role: "status" }), place = make("div")
    const button = (label, done) => {
        const node = make("button", { type: "button" }, label)
        node.addEventListener("click", done)
        return node
    }

    const open = () => {
        const options = names.map((html, value) => {
            const label = make("label", {}, make("input", { type: "radio", name, value }), make("span"))
            label.lastElementChild.innerHTML = html
            return label
        })
        const choose = sure => {
            const chosen = place.querySelector(":checked")
            if (!chosen) return status.textContent = "Choose an answer first."
            settle({ choice: Number(chosen.value), sure }, true)
        }
        const buttons = [...SURE.map(sure => button(sure[0].toUpperCase() + sure.slice(1), () => choose(sure)))]
        const group = make("div", { role: "group", "aria-label": "How sure are you?" }, "How sure? ", ...buttons)
        group.append(button("Show me", () => settle({ choice: null, sure: null }, true)))
        place.replaceChildren(make("fieldset", {}, make("legend", {}, text), ...options, group))
        status.textContent = ""
    }
    const settle = ({ choice, sure }, isNew) => {
        folds.forEach((fold, i) => {
            const marks = [i === right && "right", i === choice && `your choice, ${sure}`].filter(Boolean)
            fold.open = i === (choice ?? right)
            fold.className = marks.length ? (i === right ? "right" : "wrong") : ""
            fold.firstElementChild.innerHTML = names[i]
            if (marks.length) fold.firstElementChild.append(" ", make("em", {}, `(${marks.join("; ")})`))
        })
        place.replaceChildren(text, ...folds, button("Ask me again", () => {
            open()
            place.querySelector("input").focus()
        }))
        if (!isNew) return
        const other = `${choice === null ? "" : "Not right. "}The right one is: ${rightText}`
        status.textContent = choice === right ? "Right." : other
        folds[choice ?? right].firstElementChild.focus()
        keep({ choice, sure })
    }

    root.replaceChildren(place, status)
    root.addEventListener("keydown", event => event.stopPropagation()) // or JupyterLab moves to the next cell
    first ? settle(first, false) : open()
    return { settle, tell: note => { status.textContent = note } }
}

const NOT_KEPT = "This guess was not kept: no answer from the kernel. Run this cell again."

/** One view in a notebook. All views of a question show the same guess. */
function render({ model, el }) {
    const { html, css, first } = model.get("spec")
    el.innerHTML = `<style>${css}</style>${html}`
    let late
    const { settle, tell } = ask(el.lastElementChild, first, guess => {
        late = setTimeout(tell, 10000, NOT_KEPT)
        model.send({ ...guess, view: name })
    })
    const name = String(Math.random())
    const hear = ({ guess, note, view }) => {
        model.get("spec").first = guess // for a view that opens later
        clearTimeout(late)
        if (view !== name) settle(guess, false)
        if (note) tell(note)
    }
    model.on("msg:custom", hear)
    return () => model.off("msg:custom", hear)
}

export default { render }
