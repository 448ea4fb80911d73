/**
 * Helpers that the reader and both kinds of writers of the record path share: producers without
 * transactions, what leaders report about routes that are not acknowledged, and checks of records.
 */
@NullMarked
package dev.twinlog.internal.kafka.records.common;

import org.jspecify.annotations.NullMarked;
