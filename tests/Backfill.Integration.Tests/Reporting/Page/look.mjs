// Opens pages in the machine's Chromium and prints what was found, as JSON: one object per page and view.
// Arguments: the browser, a folder for screenshots or "-", and the pages.
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'

const [browserPath, pictures, ...files] = process.argv.slice(2)
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const sizes = { phone: [390, 844], small: [360, 740], desktop: [1280, 900] }

// Chromium's sandbox refuses to run as root.
const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] })
const found = []
for (const file of files) {
  const page = await browser.newPage()
  const requests = []
  const dialogs = []
  page.on('request', request => requests.push(request.url()))
  page.on('dialog', dialog => { dialogs.push(dialog.message()); dialog.dismiss() })
  await page.goto(pathToFileURL(file).href)
  if (pictures !== '-') {
    await takePictures(page, join(pictures, basename(file, '.html')))
  }
  // Folded parts are judged too.
  await page.evaluate(() => document.querySelectorAll('details').forEach(one => { one.open = true }))
  const scripts = await page.evaluate(() => document.scripts.length)
  await page.evaluate(axe)
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme })
    for (const [size, [width, height]] of Object.entries(sizes)) {
      await page.setViewportSize({ width, height })
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      const result = await page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }))
      found.push({
        page: basename(file),
        view: `${size} ${colorScheme}`,
        requests: requests.length,
        dialogs: dialogs.length,
        scripts,
        overflow,
        passes: result.passes.length,
        violations: result.violations.map(one =>
          `${one.id}: ${one.help}: ${one.nodes.slice(0, 3).map(node => node.html.slice(0, 160)).join(' ; ')}`),
      })
    }
  }
  await page.close()
}

await browser.close()
console.log(JSON.stringify(found))

async function takePictures(page, name) {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme })
    for (const [size, [width, height]] of Object.entries(sizes)) {
      await page.setViewportSize({ width, height })
      await page.screenshot({ path: `${name}-${size}-${colorScheme}.png`, fullPage: true })
    }
  }
  await page.pdf({ path: `${name}.pdf`, format: 'A4' })
}
