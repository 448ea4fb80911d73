/** The MBeans of a link, as metrics of kafka-clients. */
@NullMarked
package dev.twinlog.metrics.internal.jmx;

import org.jspecify.annotations.NullMarked;
