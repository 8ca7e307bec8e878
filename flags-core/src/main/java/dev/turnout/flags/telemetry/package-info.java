/**
 * What is reported of flags to OpenTelemetry: metrics of every decision with
 * {@link dev.turnout.flags.telemetry.FlagMetrics}, and events of single ones with
 * {@link dev.turnout.flags.telemetry.EvaluationEvents}. Uses the API only; the application brings the SDK.
 */
@NullMarked
package dev.turnout.flags.telemetry;

import org.jspecify.annotations.NullMarked;
