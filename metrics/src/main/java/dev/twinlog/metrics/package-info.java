/**
 * Micrometer meters for a Twinlog link: {@link dev.twinlog.metrics.TwinlogMeters} takes what a link
 * measures and shows it in any number of registries, {@link dev.twinlog.metrics.TwinlogMeter} lists
 * every meter. {@link dev.twinlog.metrics.StatusPage} shows the status of a link to people and
 * probes, {@link dev.twinlog.metrics.RecentEvents} keeps its last events for that.
 */
@NullMarked
package dev.twinlog.metrics;

import org.jspecify.annotations.NullMarked;
