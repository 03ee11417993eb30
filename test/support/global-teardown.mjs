export default async function teardown() {
  await globalThis.taskerTestRun?.close();
}
