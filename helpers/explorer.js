// The browser's part of a live picture: native controls, matplotlib's SVG, and what moved put onto it.
// It knows SVG elements and no picture. A notebook uses `render`; a page without a kernel calls `mount`.

const CSS = `
.explore { max-width: 900px; line-height: 1.5; color-scheme: light; color: var(--jp-content-font-color1, CanvasText) }
[data-jp-theme-light="false"] .explore, .vscode-dark .explore { color-scheme: dark }
.explore .controls { display: grid; grid-template-columns: repeat(auto-fit, minmax(280px, 1fr)); gap: 4px 24px }
.explore .control { display: flex; gap: 8px; align-items: center; max-width: 400px }
.explore label { min-width: 5em }
.explore input[type=range] { flex: 1; min-width: 80px }
.explore .number { width: 5.5em }
.explore input, .explore select, .explore button { font: inherit; accent-color: light-dark(#0072b2, #3f9fdc) }
.explore [aria-invalid=true] { outline: 2px solid light-dark(#b35900, #ff9a4d) }
.explore .pictures { display: flex; flex-wrap: wrap; margin: 8px 0 }
.explore .picture { flex: 1 1 330px; max-width: 640px }
.explore svg { display: block; fill: currentColor; font-family: "DejaVu Sans", Verdana, sans-serif }
.explore svg * { stroke-linejoin: round }
.explore p { margin: 0; min-height: 3em; max-width: 660px }
.explore b { color: light-dark(#b35900, #ff9a4d); white-space: pre-wrap }
.explore [role=status] { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
`
let count = 0

function make(tag, attributes = {}, ...inside) {
    const node = document.createElement(tag)
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value)
    node.append(...inside)
    return node
}

/** Put news of a picture into its frame: a new ground if there is one, and the attributes that changed. */
function draw(frame, { svg, artists }) {
    if (svg) {
        frame.innerHTML = svg
        frame.nodes = []
    }
    for (const [i, { tag, clip, ...attributes }] of artists) {
        const node = (frame.nodes[i] ??= start(frame.firstElementChild, tag, clip))
        for (const [name, value] of Object.entries(attributes))
            if (name === "text") node.textContent = value
            else node.setAttribute(name, value)
    }
}

function start(svg, tag, clip) {
    const add = (parent, name) => parent.appendChild(document.createElementNS(parent.namespaceURI, name))
    if (!clip) return add(svg, tag)
    const pane = add(svg, "svg")  // an inner svg clips, and needs no id
    ;["x", "y", "width", "height"].forEach((side, i) => pane.setAttribute(side, clip[i]))
    pane.setAttribute("viewBox", clip.join(" "))
    return add(pane, tag)
}

/** Make a control: its nodes, its value, and a way to set it. It calls `moved`, or `refused` with the reason. */
function control(spec, id, moved, refused) {
    const { kind, grid, options, label } = spec
    if (kind === "tick" || kind === "text") {
        const input = make("input", { id, type: kind === "tick" ? "checkbox" : "text" })
        const key = kind === "tick" ? "checked" : "value"
        input.addEventListener("input", moved)
        return { nodes: [input], get: () => input[key], set: value => { input[key] = value } }
    }
    if (kind === "menu") {
        const select = make("select", { id }, ...options.map((text, i) => make("option", { value: i }, text)))
        select.addEventListener("input", moved)
        return { nodes: [select], get: () => +select.value, set: value => { select.value = value } }
    }
    const [low, high] = [grid[0], grid.at(-1)]
    const range = make("input", { id, type: "range", min: 0, max: grid.length - 1, step: 1 })
    const box = make("input", { class: "number", inputmode: "decimal", "aria-label": `${label}, typed` })
    let now
    const set = value => {
        now = value
        range.value = grid.reduce((best, v, i) => (Math.abs(v - value) < Math.abs(grid[best] - value) ? i : best), 0)
        range.setAttribute("aria-valuetext", value)
        box.value = value
        box.setAttribute("aria-invalid", false)
    }
    range.addEventListener("input", () => { set(grid[range.value]); moved() })
    box.addEventListener("change", () => {
        const typed = Number(box.value.replace(",", ".").replace("−", "-").trim() || NaN)
        const fits = typed >= low && typed <= high && (!spec.whole || Number.isInteger(typed))
        box.setAttribute("aria-invalid", !fits)
        if (fits) { set(typed); moved() }
        else refused(`${label} is a ${spec.whole ? "whole " : ""}number from ${low} to ${high}, not "${box.value}".`)
    })
    return { nodes: [range, box], get: () => now, set }
}

/** Show a live picture in `element`. `ask(values)` promises the news for values of the controls.
 *  Returns a function that takes news nobody here asked for. */
export function mount(element, spec, ask) {
    const id = `explore${++count}-${Date.now()}`
    const pictures = spec.now.pictures.map(() => make("div", { class: "picture" }))
    const image = make("div", { class: "pictures", role: "img" }, ...pictures)
    const words = make("p"), status = make("div", { role: "status" })
    let busy = false, again = false, timer

    const tell = (said, notes) => {
        words.replaceChildren(said, ...notes.flatMap(note => [make("br"), make("b", {}, note)]))
        image.setAttribute("aria-label", said)
        clearTimeout(timer)
        timer = setTimeout(() => { status.textContent = [said, ...notes].join(" ") }, 700)
    }
    const put = news => {
        news.pictures?.forEach((picture, i) => draw(pictures[i], picture))
        tell(news.said ?? image.getAttribute("aria-label"), news.notes)
    }
    const write = values => { for (const name in values) controls[name].set(values[name]) }
    const move = async () => {  // at most one question is on its way, and the last one is always asked
        again = true
        if (busy) return
        for (busy = true; again; ) {
            again = false
            put(await ask(Object.fromEntries(Object.entries(controls).map(([name, c]) => [name, c.get()]))))
        }
        busy = false
    }
    const refused = reason => tell(image.getAttribute("aria-label"), [reason])
    const controls = Object.fromEntries(
        spec.controls.map((c, i) => [c.name, control(c, `${id}-${i}`, move, refused)])
    )
    const reset = make("button", { type: "button" }, "Reset")
    reset.addEventListener("click", () => { write(Object.fromEntries(spec.controls.map(c => [c.name, c.start]))); move() })
    const rows = spec.controls.map((c, i) =>
        make("div", { class: "control" }, make("label", { for: `${id}-${i}` }, c.label), ...controls[c.name].nodes)
    )
    const group = make("div", { class: "controls", role: "group", "aria-label": `Controls of ${spec.name}` }, ...rows)
    if (rows.length) group.append(make("div", { class: "control" }, reset))
    const root = make("div", { class: "explore", "data-lm-suppress-shortcuts": true }, make("style", {}, CSS))
    root.append(group, image, words, status)
    root.addEventListener("keydown", event => event.stopPropagation())  // or JupyterLab takes the keys
    element.append(root)
    write(spec.now.values)
    put(spec.now)
    clearTimeout(timer)  // what stands there from the start is no news
    return news => { if (!busy) write(news.values); put(news) }
}

function render({ model, el }) {
    const view = `${Math.random()}`
    let answer
    const late = { notes: ["No answer yet. If the kernel was restarted, run this cell again."] }
    const ask = values => new Promise(resolve => {
        answer = resolve
        setTimeout(resolve, 10000, late)
        model.send({ values, view })
    })
    const put = mount(el, model.get("spec"), ask)
    const hear = news => (news.view === view ? answer(news) : put(news))
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
        Object.assign(now, { ...news, pictures: now.pictures })
    })
}

export default { initialize, render }
