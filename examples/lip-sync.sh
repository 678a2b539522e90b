#!/usr/bin/env bash
# A lip-sync program by the contract of docs/lip-sync.md, which moves no lips: it draws the sound of the new speech over the lower part of the picture, so that one
# sees when it was called, and with what. Usage: lip-sync.sh PICTURE SPEECH OUTPUT
set -euo pipefail
picture=$1 speech=$2 output=$3
size=$(ffprobe -v error -select_streams v:0 -show_entries stream=width,height -of csv=p=0:s=x "$picture")
width=${size%x*} height=${size#*x}
[ "$height" -ge 32 ] || exit 3
exec ffmpeg -nostdin -v error -y -i "$picture" -i "$speech" -filter_complex \
  "[1:a]showwaves=s=${width}x$((height / 4)):mode=cline:colors=white[wave];[0:v][wave]overlay=0:H-h:shortest=0:eof_action=pass[out]" \
  -map '[out]' -an -c:v libx264 -preset veryfast -crf 12 -pix_fmt yuv420p -f mp4 "$output"
