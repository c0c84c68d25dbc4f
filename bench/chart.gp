# The chart of bench/results.tsv: gnuplot -e "table='FILE'; image='NAME'" bench/chart.gp makes NAME.svg and NAME.png.
# FILE has a line for each workload: its title, then processor time as a multiple of plain C's for each contender.

set datafile separator "\t"
set datafile missing "-"
set style data histogram
set style histogram clustered gap 1.5
set style fill solid 0.9 noborder
set boxwidth 0.9
set grid ytics linecolor rgb "#dddddd"
set border 3 linecolor rgb "#888888"
set tics nomirror out textcolor rgb "#333333"
set xtics rotate by -30 font ",9"
set key outside top center horizontal reverse Left samplen 1 font ",11"
set rmargin 18
set bmargin 9
set ylabel "processor time, plain C = 1" textcolor rgb "#333333"
set logscale y 2
set yrange [0.9:16]

colors = "#c9d6df #1b6ca8 #e08e45 #8ab17d #b56576 #9a9a9a"

do for [kind in "svg png"] {
  if (kind eq "svg") { set terminal svg size 1100,460 font "sans-serif,12" background "#ffffff" }
  if (kind eq "png") { set terminal pngcairo size 1100,460 font "sans-serif,11" background "#ffffff" }
  set output sprintf("%s.%s", image, kind)
  plot for [i = 2:7] table using i:xtic(1) title columnheader(i) linecolor rgb word(colors, i - 1)
}
