/**
 * The values that the engine reports for the public status of a link and of its partitions, as far
 * as they are not values of {@code dev.twinlog} themselves. Depends on the SPI only, so that both
 * the engine and {@code dev.twinlog} may use it.
 */
@NullMarked
package dev.twinlog.internal.status;

import org.jspecify.annotations.NullMarked;
