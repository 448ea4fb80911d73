/** What meters and MBeans of a link share. */
@NullMarked
package dev.twinlog.metrics.internal;

import org.jspecify.annotations.NullMarked;
