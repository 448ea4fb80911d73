/**
 * Micrometer meters for a Twinlog link: {@link dev.twinlog.metrics.TwinlogMeters} takes what a link
 * measures and shows it in any number of registries, {@link dev.twinlog.metrics.TwinlogMeter} lists
 * every meter.
 */
@NullMarked
package dev.twinlog.metrics;

import org.jspecify.annotations.NullMarked;
