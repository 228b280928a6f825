// The browser's part of a live picture: native controls, matplotlib's SVG, and what moved put onto it. It
// knows SVG elements and no picture. A notebook uses what is exported last, a page without a kernel `mount`.

const LATE = { notes: ["No answer yet. If it does not come, run this cell again."] }

/** Put what is new of a picture into its frame: perhaps a new ground, and attributes that changed. */
function draw(frame, { svg, artists }) {
    if (svg) [frame.innerHTML, frame.nodes] = [svg, []]
    for (const [place, { tag, clip, text, ...attributes }] of artists) {
        const node = furnish((frame.nodes[place] ??= begin(frame.firstElementChild, tag, clip)), attributes)
        if (text !== undefined) node.textContent = text
    }
}

function begin(svg, tag, clip) {
    const node = shape(tag)
    if (!clip) return svg.appendChild(node)
    const [x, y, width, height] = clip // an inner svg clips without an id, which a second view would repeat
    svg.append(shape("svg", { x, y, width, height, viewBox: clip.join(" ") }, node))
    return node
}

/** Return the nodes of a control, and functions that get and set its value. */
function input(control, id, moved, refused) {
    const { kind, options = [] } = control
    if (kind === "slider") return slider(control, id, moved, refused)
    if (kind === "drawing") return drawing(control, id, moved)
    if (kind === "placed") return placed(control, id, moved)
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

/** Return the numbers that a text can be read as: of "1,000" two, of "1.000,5" none. */
function readings(text, whole) {
    const typed = text.trim().replace("−", "-")
    if (!/^[+-]?(\d+|\d{1,3}(\s\d{3})+|(?=[.,]\d))([.,]\d*)?(e[+-]?\d+)?$/i.test(typed)) return []
    const grouped = /^[+-]?[1-9]\d{0,2}([.,])\d{3}(?!\d)/.exec(typed)
    const digits = typed.replace(/\s/g, "")
    const number = Number(digits.replace(",", "."))
    // A point is the decimal sign that the box itself writes, where numbers need one.
    return grouped && (whole || grouped[1] === ",") ? [number, Number(digits.replace(/[.,]/, ""))] : [number]
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
        const [typed, other] = readings(box.value, whole)
        const fits = typed >= ends[0] && typed <= ends[1] && (!whole || Number.isInteger(typed))
        if (fits && other === undefined) return moved(set(typed))
        box.setAttribute("aria-invalid", true)
        const form = typed === undefined ? ", in digits, with at most one decimal point" : ""
        const range = `type a ${whole ? "whole " : ""}number from ${ends.map(word).join(" to ")}${form}`
        const two = other !== undefined && !(whole && typed % 1)
        const ask = `${box.value.trim()} can be read in two ways; type ${typed} or ${other}`
        refused(`${label}: ${two ? ask : range}.`)
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
    let asked = 0, again = false, quick = false, rest

    const tell = (said, notes) => {
        image.setAttribute("aria-label", said)
        words.replaceChildren(said, ...notes.flatMap(note => [make("br"), make("b", {}, note)]))
        clearTimeout(rest)
        rest = setTimeout(() => { status.textContent = words.textContent }, 700)
    }
    const refused = note => tell(image.getAttribute("aria-label"), [note])
    const put = (news, mine) => {
        if (!mine && !asked) spec.controls.forEach(({ name }, i) => inputs[i].set(news.values[name]))
        news.pictures?.forEach((picture, i) => draw(frames[i], picture))
        quick = news.took < 0.02
        tell(news.said ?? image.getAttribute("aria-label"), news.notes)
    }
    // One question at a time is on its way, and the last one is always asked. Where answers take little time,
    // two are: with the second one the browser acknowledges what the server holds back until then (RFC 896).
    const move = async () => {
        again = true
        while (again && asked < (quick ? 2 : 1)) {
            again = false
            asked += 1
            const values = spec.controls.map(({ name }, i) => [name, inputs[i].get()])
            const news = await ask(Object.fromEntries(values))
            asked -= 1
            if (news) put(news, true)
        }
    }

    const id = `explore-${Math.random()}-`
    const inputs = spec.controls.map((control, i) => input(control, id + i, move, refused))
    const label = (text, i) => make("label", { for: id + i }, text)
    const rows = spec.controls.map((control, i) => [label(control.label, i), ...inputs[i].nodes])
    const divs = [...rows, ...(rows.length ? [[reset]] : [])].map(row => make("div", {}, ...row))
    const group = { class: "controls", role: "group", "aria-label": `Controls of ${spec.name}` }
    reset.addEventListener("click", () => move(spec.controls.forEach(({ start }, i) => inputs[i].set(start))))
    const root = make("div", { class: "explore" })
    root.append(make("style", {}, spec.css), image, make("div", group, ...divs), words, status)
    root.addEventListener("keydown", event => {
        const chord = event.ctrlKey || event.metaKey || event.altKey || (event.shiftKey && event.key === "Enter")
        const undoes = /^[zy]$/i.test(event.key) && event.target.matches(":read-write")
        if (!chord || undoes) event.stopPropagation() // or an arrow moves JupyterLab to the next cell
    })
    element.append(root)
    put(spec.now)
    clearTimeout(rest) // what stands there from the start is no news
    return put
}

/** Shift+Enter has JupyterLab scroll to the next cell, often past the picture: scroll back as far as it takes. */
function keepInSight(el) {
    const next = el.closest(".jp-Cell")?.nextElementSibling
    if (next?.classList.contains("jp-mod-active")) el.scrollIntoView({ block: "nearest" })
}

/** One view in a notebook; each gets the news of all, and knows the answers to its own questions. */
function render({ model, el }) {
    const spec = model.get("spec"), draws = spec.controls.some(({ kind }) => kind in { drawing, placed })
    const answered = {}
    let rest
    const ask = values => new Promise(resolve => {
        const view = String(Math.random())
        clearTimeout(rest)
        answered[view] = resolve
        setTimeout(resolve, 10000, LATE)
        model.send({ values, view })
    }).catch(() => LATE) // where the kernel is gone, it cannot even be asked
    const put = mount(el, spec, ask)
    const hear = news => {
        const mine = news.view in answered
        put(news, mine)
        if (!mine) return
        answered[news.view]()
        delete answered[news.view]
        clearTimeout(rest) // which an answer to an earlier question may have set
        if (draws) rest = setTimeout(() => model.send({}), 1000) // what a saved notebook shows is to be as it is now
    }
    model.on("msg:custom", hear)
    setTimeout(keepInSight, 50, el)
    return () => {
        clearTimeout(rest)
        model.off("msg:custom", hear)
    }
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
