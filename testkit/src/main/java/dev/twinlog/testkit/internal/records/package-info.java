/**
 * Encoding of records, for the in-memory sources and sinks and the contract tests. Nothing here is
 * public API.
 */
@NullMarked
package dev.twinlog.testkit.internal.records;

import org.jspecify.annotations.NullMarked;
