// The browser's part of a live picture: native controls, matplotlib's SVG, and what moved put onto it. It knows
// SVG elements and no picture. A notebook uses what is exported last; a page without a kernel calls `mount`.

const CSS = `
.explore { max-width: 900px; line-height: 1.5; color: var(--jp-content-font-color1, CanvasText) }
[data-jp-theme-light] .explore { color-scheme: light }
[data-jp-theme-light="false"] .explore, .vscode-dark .explore { color-scheme: dark }
.explore .controls { display: grid; grid-template-columns: repeat(auto-fit, minmax(280px, 1fr)); gap: 4px 24px }
.explore .controls, .explore p { max-width: 720px }
.explore .controls > div { display: flex; gap: 8px; align-items: center; max-width: 420px; min-height: 28px }
.explore label { min-width: 4em }
.explore input, .explore select, .explore button { font: inherit; accent-color: light-dark(#0072b2, #3f9fdc) }
.explore [type=range] { flex: 1; min-width: 80px }
.explore [inputmode] { width: 5em }
.explore [aria-invalid=true] { outline: 2px solid light-dark(#b35900, #ff9a4d) }
.explore .pictures { display: flex; flex-wrap: wrap; margin: 8px 0 }
.explore .pictures > div { flex: 1 1 340px; max-width: 640px }
.explore svg { display: block; fill: currentColor; font-family: "DejaVu Sans", Verdana, sans-serif }
.explore svg * { stroke-linejoin: round }
.explore p { margin: 0; min-height: 3em }
.explore b { color: light-dark(#b35900, #ff9a4d); white-space: pre-wrap }
.explore [role=status] { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }`

const LATE = { notes: ["No answer yet. If the kernel was restarted, run this cell again."] }

function make(tag, attributes = {}, ...inside) {
    const node = document.createElement(tag)
    for (const name in attributes) node.setAttribute(name, attributes[name])
    node.append(...inside)
    return node
}

/** Put what is new of a picture into its frame: perhaps a new ground, and attributes that changed. */
function draw(frame, { svg, artists }) {
    if (svg) {
        frame.innerHTML = svg
        frame.nodes = []
    }
    for (const [place, { tag, clip, text, ...attributes }] of artists) {
        const node = (frame.nodes[place] ??= begin(frame.firstElementChild, tag, clip))
        if (text !== undefined) node.textContent = text
        for (const name in attributes) node.setAttribute(name, attributes[name])
    }
}

function begin(svg, tag, clip) {
    const add = (parent, name) => parent.appendChild(document.createElementNS(svg.namespaceURI, name))
    if (!clip) return add(svg, tag)
    const pane = add(svg, "svg") // an inner svg clips without an id, which a second view would repeat
    ;["x", "y", "width", "height"].forEach((side, i) => pane.setAttribute(side, clip[i]))
    pane.setAttribute("viewBox", clip.join(" "))
    return add(pane, tag)
}

/** Return the nodes of a control, and functions that get and set its value. */
function input(control, id, moved, refused) {
    const { kind, options } = control
    if (kind === "slider") return slider(control, id, moved, refused)
    const entries = (options ?? []).map((label, value) => make("option", { value }, label))
    const node = kind === "menu" ? make("select", { id }, ...entries) : make("input", { id })
    if (kind === "tick") node.type = "checkbox"
    node.addEventListener("input", moved)
    const key = { menu: "selectedIndex", tick: "checked", text: "value" }[kind]
    return { nodes: [node], get: () => node[key], set: value => { node[key] = value } }
}

function slider({ grid, whole, label }, id, moved, refused) {
    const range = make("input", { id, type: "range", min: 0, max: grid.length - 1 })
    const box = make("input", { inputmode: "decimal", "aria-label": `${label}, typed` })
    let now
    const set = value => {
        const away = grid.map(stop => Math.abs(stop - value))
        range.value = away.indexOf(Math.min(...away))
        range.setAttribute("aria-valuetext", value)
        box.value = now = value
        box.setAttribute("aria-invalid", false)
    }
    range.addEventListener("input", () => { set(grid[range.value]); moved() })
    box.addEventListener("change", () => {
        const typed = box.value.trim() ? Number(box.value.replace(",", ".").replace("−", "-")) : NaN
        if (typed >= grid[0] && typed <= grid.at(-1) && (!whole || Number.isInteger(typed))) {
            set(typed)
            return moved()
        }
        box.setAttribute("aria-invalid", true)
        refused(`${label}: type a ${whole ? "whole " : ""}number from ${grid[0]} to ${grid.at(-1)}.`)
    })
    return { nodes: [range, box], get: () => now, set }
}

/** Show a live picture in `element`. `ask(values)` promises what is new for these values of the controls.
 *  Returns `put(news, mine)`, for news that come by themselves; `mine` if the controls here asked for them. */
export function mount(element, spec, ask) {
    const id = `explore-${Math.random()}`
    const frames = spec.now.pictures.map(() => make("div"))
    const image = make("div", { class: "pictures", role: "img" }, ...frames)
    const words = make("p"), status = make("div", { role: "status" })
    const inputs = {}
    let busy = false, again = false, rest

    const tell = (said, notes) => {
        image.setAttribute("aria-label", said)
        words.replaceChildren(said, ...notes.flatMap(note => [make("br"), make("b", {}, note)]))
        clearTimeout(rest)
        rest = setTimeout(() => { status.textContent = words.textContent }, 700)
    }
    const refused = note => tell(image.getAttribute("aria-label"), [note])
    const write = values => { for (const name in values) inputs[name].set(values[name]) }
    const put = (news, mine) => {
        if (!mine && !busy) write(news.values)
        news.pictures?.forEach((picture, i) => draw(frames[i], picture))
        tell(news.said ?? image.getAttribute("aria-label"), news.notes)
    }
    const move = async () => { // one question at a time is on its way, and the last one is always asked
        again = true
        if (busy) return
        busy = true
        while (again) {
            again = false
            const news = await ask(Object.fromEntries(Object.entries(inputs).map(([name, { get }]) => [name, get()])))
            if (news) put(news, true)
        }
        busy = false
    }

    const controls = make("div", { class: "controls", role: "group", "aria-label": `Controls of ${spec.name}` })
    spec.controls.forEach((control, i) => {
        inputs[control.name] = input(control, id + i, move, refused)
        controls.append(make("div", {}, make("label", { for: id + i }, control.label), ...inputs[control.name].nodes))
    })
    const reset = make("button", { type: "button" }, "Reset")
    reset.addEventListener("click", () => {
        for (const { name, start } of spec.controls) inputs[name].set(start)
        move()
    })
    if (spec.controls.length) controls.append(make("div", {}, reset))
    const root = make("div", { class: "explore", "data-lm-suppress-shortcuts": true }, make("style", {}, CSS))
    root.append(controls, image, words, status)
    root.addEventListener("keydown", event => event.stopPropagation()) // or JupyterLab moves to the next cell
    element.append(root)
    put(spec.now)
    clearTimeout(rest) // what stands there from the start is no news
    return put
}

/** One view in a notebook; each gets the news of all, and knows its own by its name. */
function render({ model, el }) {
    const view = Math.random().toString(36).slice(2, 8)
    let answered
    const ask = values => new Promise(resolve => {
        const late = setTimeout(resolve, 10000, LATE)
        answered = () => { clearTimeout(late); resolve() }
        model.send({ values, view })
    }).catch(() => LATE) // where the kernel is gone, it cannot even be asked
    const put = mount(el, model.get("spec"), ask)
    const hear = news => {
        put(news, news.view === view)
        if (news.view === view) answered()
    }
    model.on("msg:custom", hear)
    return () => model.off("msg:custom", hear)
}

/** Keep what a view that opens later has to show. */
function initialize({ model }) {
    model.on("msg:custom", news => {
        const { now } = model.get("spec")
        news.pictures.forEach(({ svg, artists }, i) => {
            if (svg) now.pictures[i] = { svg, artists }
            else for (const [place, changed] of artists) Object.assign(now.pictures[i].artists[place][1], changed)
        })
        Object.assign(now, news, { pictures: now.pictures })
    })
}

export default { initialize, render }
