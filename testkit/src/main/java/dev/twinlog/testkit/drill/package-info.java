/**
 * A rehearsal of a failover, for the CI of those who run links: {@link
 * dev.twinlog.testkit.drill.FailoverDrill} writes to a region, takes it away, fails the link over,
 * and counts record by record what was lost, read twice or skipped.
 */
@NullMarked
package dev.twinlog.testkit.drill;

import org.jspecify.annotations.NullMarked;
