// Below explorer.js on the front page: softmax itself moves the bars, in the place of a recording.

const place = document.querySelector(".computed"), { spec } = JSON.parse(place.firstElementChild.textContent)
const { artists } = spec.now.pictures[0]
const [bars, labels] = ["rect", "text"].map(tag => artists.filter(([, element]) => element.tag === tag))
const sum = numbers => numbers.reduce((total, number) => total + number)
const foot = bars[0][1].y + bars[0][1].height, gap = bars[0][1].y - labels[0][1].y
const one = sum(bars.map(([, { height }]) => height)) // the height of 1, which probabilities sum to

function softmax(z) {
    const e = z.map(score => Math.exp(score - Math.max(...z)))
    return e.map(part => part / sum(e))
}

/** Write a probability as helpers/plots.py does. */
function short(p) {
    if (p === 0 || p === 1) return String(p)
    return p >= 5e-4 ? p.toFixed(3) : p.toExponential(1).replace(/-(?=\d$)/, "-0")
}

mount(place, spec, async ({ T, ...scores }) => {
    const p = softmax(Object.values(scores).map(score => score / T)), numbers = p.map(short)
    const settings = Object.entries({ ...scores, T }).map(([name, value]) => `${name} = ${word(value)}`)
    const said = Object.keys(scores).map((name, i) => `${name} ${numbers[i]}`)
    const heights = p.map(share => Math.round(10 * one * share) / 10), tops = heights.map(height => foot - height)
    const moved = [
        ...bars.map(([at], i) => [at, { y: tops[i], height: heights[i] }]),
        ...labels.map(([at], i) => [at, { y: tops[i] - gap, text: numbers[i] }]),
    ]
    return { said: `${settings.join(", ")}: ${said.join(", ")}`, notes: [], pictures: [{ artists: moved }] }
})
