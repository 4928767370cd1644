/**
 * Just enough of the MLflow REST API to log one run. Azure ML gives a job the run and the address in its environment;
 * outside of a job nothing is set and nothing is logged.
 */

const ATTEMPTS = 3;

/**
 * Logs in one call, so that a run never shows half of its metrics. Throws when tracking is configured but refuses: a
 * run without metrics could not be judged.
 * @param {{ params?: Record<string, unknown>, metrics?: Record<string, number>, tags?: Record<string, string> }} entries
 * @param {Record<string, string | undefined>} [environment]
 */
export async function logRun({ params = {}, metrics = {}, tags = {} }, environment = process.env) {
  const { MLFLOW_TRACKING_URI: address, MLFLOW_RUN_ID: runId, MLFLOW_TRACKING_TOKEN: token } = environment;
  if (!address || !runId) return false;
  const timestamp = Date.now();
  await post(`${baseOf(address)}/api/2.0/mlflow/runs/log-batch`, token, {
    run_id: runId,
    params: Object.entries(params).map(([key, value]) => ({ key, value: String(value) })),
    metrics: Object.entries(metrics).map(([key, value]) => ({ key, value, timestamp, step: 0 })),
    tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
  });
  return true;
}

/** Azure ML also writes the address with its own scheme, and with a trailing `?`. */
function baseOf(address) {
  return address.replace(/^azureml:/, 'https:').replace(/\/?(\?.*)?$/, '');
}

async function post(url, token, body) {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  for (let attempt = 1; ; attempt++) {
    const failure = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) }).then(
      refusalOf,
      (error) => ({
        text: `${error.message}: ${error.cause?.message ?? 'no answer'}`,
        passing: true,
      }),
    );
    if (!failure) return;
    if (!failure.passing || attempt === ATTEMPTS)
      throw new Error(`MLflow did not take the run: ${url}: ${failure.text}`);
    await new Promise((resolve) => setTimeout(resolve, attempt * 500));
  }
}

async function refusalOf(response) {
  if (response.ok) return undefined;
  return {
    text: `${response.status} ${await response.text()}`,
    passing: response.status === 429 || response.status >= 500,
  };
}
