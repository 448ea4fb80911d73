/**
 * Helpers of the contract tests: sample records, probes that drive a reader or writer as the engine
 * does, and assertions. Nothing here is public API.
 */
@NullMarked
package dev.twinlog.testkit.internal.contract;

import org.jspecify.annotations.NullMarked;
