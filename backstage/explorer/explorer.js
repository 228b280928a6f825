// The browser's part of a live picture: native controls, matplotlib's SVG, and what moved put onto it. It
// knows SVG elements and no picture. A notebook uses what is exported last, a page without a kernel `mount`.

const LATE = { notes: ["No answer yet. If the kernel was restarted, run this cell again."] }

/** Put what is new of a picture into its frame: perhaps a new ground, and attributes that changed. */
function draw(frame, { svg, artists }) {
    if (svg) [frame.innerHTML, frame.nodes] = [svg, []]
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
    const { kind, options = [] } = control
    if (kind === "slider") return slider(control, id, moved, refused)
    const entries = options.map(name => make("option", {}, name))
    const node = make(kind === "menu" ? "select" : "input", { id }, ...entries)
    if (kind === "tick") node.type = "checkbox"
    node.addEventListener("input", moved)
    const key = { menu: "selectedIndex", tick: "checked", text: "value" }[kind]
    return { nodes: [node], get: () => node[key], set: value => { node[key] = value } }
}

/** Write a number as Python's side does: ten digits in groups of three. */
function word(number) {
    const plain = !number || (Math.abs(number) >= 1e-4 && Math.abs(number) < 1e10)
    if (!plain) return Number(number.toPrecision(10)).toExponential().replace("e+", "e")
    return number.toLocaleString("en", { maximumSignificantDigits: 10 }).replaceAll(",", "\u202f")
}

function slider({ grid, whole, label, recorded }, id, moved, refused) {
    const range = make("input", { id, type: "range", min: 0, max: grid.length - 1 })
    const size = Math.max(6, ...grid.map(stop => word(stop).length))
    const box = make("input", { inputmode: "decimal", size, "aria-label": `${label}, typed` })
    const ends = [grid[0], grid.at(-1)]
    let now
    const set = value => {
        const away = grid.map(stop => Math.abs(stop - value))
        range.value = away.indexOf(Math.min(...away))
        now = recorded ? grid[range.value] : value
        box.value = word(now)
        range.setAttribute("aria-valuetext", box.value)
        box.setAttribute("aria-invalid", false)
    }
    range.addEventListener("input", () => moved(set(grid[range.value])))
    box.addEventListener("change", () => {
        const typed = Number(box.value.replace(/\s/g, "").replace(",", ".").replace("−", "-") || NaN)
        const fits = typed >= ends[0] && typed <= ends[1] && (!whole || Number.isInteger(typed))
        if (fits) return moved(set(typed))
        box.setAttribute("aria-invalid", true)
        refused(`${label}: type a ${whole ? "whole " : ""}number from ${ends.map(word).join(" to ")}.`)
    })
    return { nodes: [range, box], get: () => now, set }
}

/** Show a live picture in `element`. `ask(values)` promises what is new for these values of the controls.
 *  Returns `put(news, mine)` for news that come by themselves; `mine` if the controls here asked for it. */
export function mount(element, spec, ask) {
    const frames = spec.now.pictures.map(() => make("div", { "aria-hidden": true })) // the name says all
    const image = make("div", { class: "pictures", role: "img" }, ...frames)
    const words = make("p"), status = make("div", { role: "status" })
    const reset = make("button", { type: "button" }, "Reset")
    let busy = false, again = false, rest

    const tell = (said, notes) => {
        image.setAttribute("aria-label", said)
        words.replaceChildren(said, ...notes.flatMap(note => [make("br"), make("b", {}, note)]))
        clearTimeout(rest)
        rest = setTimeout(() => { status.textContent = words.textContent }, 700)
    }
    const refused = note => tell(image.getAttribute("aria-label"), [note])
    const put = (news, mine) => {
        if (!mine && !busy) spec.controls.forEach(({ name }, i) => inputs[i].set(news.values[name]))
        news.pictures?.forEach((picture, i) => draw(frames[i], picture))
        tell(news.said ?? image.getAttribute("aria-label"), news.notes)
    }
    const move = async () => { // one question at a time is on its way, and the last one is always asked
        again = true
        if (busy) return
        busy = true
        while (again) {
            again = false
            const values = spec.controls.map(({ name }, i) => [name, inputs[i].get()])
            const news = await ask(Object.fromEntries(values))
            if (news) put(news, true)
        }
        busy = false
    }

    const id = `explore-${Math.random()}-`
    const inputs = spec.controls.map((control, i) => input(control, id + i, move, refused))
    const label = (text, i) => make("label", { for: id + i }, text)
    const rows = spec.controls.map((control, i) => [label(control.label, i), ...inputs[i].nodes])
    const divs = [...rows, ...(rows.length ? [[reset]] : [])].map(row => make("div", {}, ...row))
    const group = { class: "controls", role: "group", "aria-label": `Controls of ${spec.name}` }
    reset.addEventListener("click", () => move(spec.controls.forEach(({ start }, i) => inputs[i].set(start))))
    const root = make("div", { class: "explore" })
    root.append(make("style", {}, spec.css), make("div", group, ...divs), image, words, status)
    root.addEventListener("keydown", event => event.stopPropagation()) // or JupyterLab moves to the next cell
    element.append(root)
    put(spec.now)
    clearTimeout(rest) // what stands there from the start is no news
    return put
}

/** One view in a notebook; each gets the news of all, and knows its own by its name. */
function render({ model, el }) {
    const view = String(Math.random())
    let answered
    const ask = values => new Promise(resolve => {
        answered = resolve
        setTimeout(resolve, 10000, LATE)
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
        news.pictures.forEach((picture, i) => {
            const { artists } = now.pictures[i]
            if (picture.svg) now.pictures[i] = picture
            else for (const [place, changed] of picture.artists) Object.assign(artists[place][1], changed)
        })
        Object.assign(now, news, { pictures: now.pictures })
    })
}

export default { initialize, render }
