/** Reads a link's status for the status page, and serves it over HTTP. */
@NullMarked
package dev.twinlog.metrics.internal.page;

import org.jspecify.annotations.NullMarked;
