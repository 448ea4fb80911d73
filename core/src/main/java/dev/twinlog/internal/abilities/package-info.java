/**
 * What sources, sinks and progress stores can do beyond what they must: which further interfaces of
 * the SPI they implement, found out once.
 */
@NullMarked
package dev.twinlog.internal.abilities;

import org.jspecify.annotations.NullMarked;
